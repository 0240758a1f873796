package io.millrace.flow.topic;

import java.util.Set;
import java.util.function.Function;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;

/**
 * Makes the sources and sinks of one planning session. A table's options live in the catalog's
 * relation, so no WITH clause is read: {@code tables} answers for every identifier that the
 * session's catalog shows.
 */
public final class TopicTableFactory implements DynamicTableSourceFactory, DynamicTableSinkFactory {
  private final Function<ObjectIdentifier, TopicTable> tables;
  private final boolean takesBefore;

  /** {@code takesBefore}: whether its sinks ask for UPDATE_BEFORE rows. */
  public TopicTableFactory(Function<ObjectIdentifier, TopicTable> tables, boolean takesBefore) {
    this.tables = tables;
    this.takesBefore = takesBefore;
  }

  @Override
  public String factoryIdentifier() {
    return "millrace";
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of();
  }

  @Override
  public DynamicTableSource createDynamicTableSource(Context context) {
    return new TopicSource(
        tables.apply(context.getObjectIdentifier()), context.getPhysicalRowDataType());
  }

  @Override
  public DynamicTableSink createDynamicTableSink(Context context) {
    return new TopicSinkTable(
        tables.apply(context.getObjectIdentifier()), context.getPhysicalRowDataType(), takesBefore);
  }
}
