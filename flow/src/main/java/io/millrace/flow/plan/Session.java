package io.millrace.flow.plan;

import io.millrace.catalog.CatalogImage;
import io.millrace.flow.topic.TopicTable;
import io.millrace.flow.topic.TopicTableFactory;
import io.millrace.model.Name;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.module.Module;

/**
 * One use of Flink's planner: an environment, and the warehouse as its only catalog. Made for one
 * statement and thrown away; not thread-safe.
 */
final class Session {
  /** A table that takes any change: what an analysis inserts into to see what would come. */
  static final Name PROBE = Name.of("$millrace_probe");

  private final StreamExecutionEnvironment environment;
  private final StreamTableEnvironment tables;
  private final WarehouseCatalog catalog;

  private Session(
      StreamExecutionEnvironment environment,
      StreamTableEnvironment tables,
      WarehouseCatalog catalog) {
    this.environment = environment;
    this.tables = tables;
    this.catalog = catalog;
  }

  static Session open(
      CatalogImage image, Configuration configuration, Function<Name, TopicTable> topics) {
    return open(image, configuration, topics, false);
  }

  /** {@code takesBefore}: whether tables that are filled ask for UPDATE_BEFORE rows. */
  static Session open(
      CatalogImage image,
      Configuration configuration,
      Function<Name, TopicTable> topics,
      boolean takesBefore) {
    configuration.setString("table.local-time-zone", "UTC");
    // Hints could redirect a scan past what the catalog knows; Flink then says they are disabled.
    configuration.setString("table.dynamic-table-options.enabled", "false");
    StreamExecutionEnvironment environment = new StreamExecutionEnvironment(configuration);
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    WarehouseCatalog catalog = new WarehouseCatalog(image);
    tables.loadModule(
        WarehouseCatalog.NAME, new Connectors(new SessionFactory(topics, takesBefore)));
    tables.registerCatalog(WarehouseCatalog.NAME, catalog);
    tables.useCatalog(WarehouseCatalog.NAME);
    tables.useDatabase(Name.PUBLIC);
    return new Session(environment, tables, catalog);
  }

  StreamExecutionEnvironment environment() {
    return environment;
  }

  StreamTableEnvironment tables() {
    return tables;
  }

  WarehouseCatalog catalog() {
    return catalog;
  }

  /**
   * Both new and stored plans ask modules for the connectors of tables; a catalog's own factory is
   * asked by new ones only.
   */
  private record Connectors(SessionFactory factory) implements Module {
    @Override
    public Optional<DynamicTableSourceFactory> getTableSourceFactory() {
      return Optional.of(factory);
    }

    @Override
    public Optional<DynamicTableSinkFactory> getTableSinkFactory() {
      return Optional.of(factory);
    }
  }

  private static final class SessionFactory
      implements DynamicTableSourceFactory, DynamicTableSinkFactory {
    private final TopicTableFactory topics;

    SessionFactory(Function<Name, TopicTable> topics, boolean takesBefore) {
      this.topics = new TopicTableFactory(id -> topics.apply(CompiledPlan.name(id)), takesBefore);
    }

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
      return topics.createDynamicTableSource(context);
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
      return CompiledPlan.name(context.getObjectIdentifier()).equals(PROBE)
          ? new Probe()
          : topics.createDynamicTableSink(context);
    }

    @Override
    public String factoryIdentifier() {
      return topics.factoryIdentifier();
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
      return topics.requiredOptions();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
      return topics.optionalOptions();
    }
  }

  private static final class Probe implements DynamicTableSink {
    @Override
    public ChangelogMode getChangelogMode(ChangelogMode requested) {
      return requested;
    }

    @Override
    public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
      throw new IllegalStateException("A probe is planned, never run");
    }

    @Override
    public DynamicTableSink copy() {
      return new Probe();
    }

    @Override
    public String asSummaryString() {
      return "probe";
    }
  }
}
