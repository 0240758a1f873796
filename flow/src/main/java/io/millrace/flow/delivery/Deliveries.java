package io.millrace.flow.delivery;

import io.millrace.catalog.Relation;
import io.millrace.catalog.SinkEntry;
import io.millrace.flow.FlowSettings;
import io.millrace.flow.plan.TopicTables;
import io.millrace.flow.topic.RawRecord;
import io.millrace.flow.topic.RawTopicSource;
import io.millrace.flow.topic.Start;
import io.millrace.flow.topic.TopicTable;
import io.millrace.log.LogSettings;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Nearest;
import io.millrace.model.Settings;
import io.millrace.registry.RegistrySettings;
import io.millrace.sink.IdempotentSink;
import io.millrace.sink.Sink;
import io.millrace.sink.SinkConnector;
import io.millrace.sink.SinkDefinition;
import io.millrace.sink.StagedSink;
import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Direct deliveries: the bytes of one topic are decoded straight into the columns of a sink, in one
 * task, without SQL between. Thread-safe.
 */
public final class Deliveries {
  /** Files written five times a second would be a nuisance to whoever reads them. */
  private static final Duration STAGED_TRIGGER = Duration.ofSeconds(30);

  private final FlowSettings settings;
  private final LogSettings log;
  private final RegistrySettings registry;
  private final Map<String, SinkConnector> connectors;
  private final Set<String> ownKeys;

  /**
   * @param ownKeys WITH keys that say how the job runs and are not the connector's
   */
  public Deliveries(
      FlowSettings settings,
      LogSettings log,
      RegistrySettings registry,
      Collection<SinkConnector> connectors,
      Set<String> ownKeys) {
    this.settings = settings;
    this.log = log;
    this.registry = registry;
    this.connectors =
        connectors.stream()
            .collect(Collectors.toMap(SinkConnector::type, c -> c, (a, b) -> a, TreeMap::new));
    this.ownKeys = Set.copyOf(ownKeys);
  }

  private SinkConnector connector(String type) {
    SinkConnector connector = connectors.get(type.toLowerCase(Locale.ROOT));
    if (connector == null) {
      throw new MillraceException(
              ErrorCode.NOT_FOUND, "Cannot deliver into " + type + ": no such kind of sink")
          .hint(
              Nearest.to(type, connectors.keySet())
                  .map(near -> "Did you mean " + near + "?")
                  .orElse("There are " + String.join(", ", connectors.keySet()) + "."));
    }
    return connector;
  }

  /** Checks the sink's options and makes it ready to be written to. */
  public Delivery prepare(SinkEntry entry, Relation from, Supplier<Start> start) {
    SinkConnector connector = connector(entry.type());
    if (from.isTable() && !connector.capability().upserts()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot deliver table " + from.name() + " into " + entry.type() + ": it only appends")
          .hint("Deliver a stream, or a query that appends: CREATE SINK ... AS SELECT.");
    }
    SinkDefinition definition = definition(entry, from);
    Settings.requireReferences(definition.options(), connector.secrets());
    Sink sink = connector.create(definition);
    TopicTables topics =
        new TopicTables(
            entry.name(),
            entry.epoch(),
            relation -> start.get(),
            relation -> Optional.empty(),
            io.millrace.flow.topic.Delivery.EXACTLY_ONCE,
            Optional.of(entry.created()),
            false);
    return new Delivery(sink, topics.of(from, false, settings, log, registry));
  }

  /** Throws what {@link #prepare} would throw for these columns, and changes nothing. */
  public void check(SinkEntry entry, Relation from) {
    connector(entry.type()).check(definition(entry, from));
  }

  private SinkDefinition definition(SinkEntry entry, Relation from) {
    Map<String, String> options = new TreeMap<>(entry.options());
    options.keySet().removeIf(key -> ownKeys.contains(key.toLowerCase(Locale.ROOT)));
    return new SinkDefinition(entry.name(), from.schema(), from.isTable(), options);
  }

  /** A delivery that can be submitted. */
  public static final class Delivery {
    private final Sink sink;
    private final TopicTable table;

    private Delivery(Sink sink, TopicTable table) {
      this.sink = sink;
      this.table = table;
    }

    /** How often it commits unless its {@code trigger} says otherwise. */
    public Duration usualTrigger() {
      return sink instanceof StagedSink ? STAGED_TRIGGER : Duration.ofSeconds(1);
    }

    public StreamExecutionEnvironment translate(Configuration configuration) {
      StreamExecutionEnvironment environment = new StreamExecutionEnvironment(configuration);
      DataStream<RawRecord> records =
          environment
              .fromSource(
                  new RawTopicSource(table),
                  WatermarkStrategy.noWatermarks(),
                  "topic " + table.relation().topic())
              .uid("source");
      records.sinkTo(flinkSink()).name("sink " + table.statement()).uid("sink");
      return environment;
    }

    private org.apache.flink.api.connector.sink2.Sink<RawRecord> flinkSink() {
      // The family is sealed: there is no third shape.
      return sink instanceof StagedSink staged
          ? new StagedDelivery(staged, table)
          : new IdempotentDelivery((IdempotentSink) sink, table);
    }
  }
}
