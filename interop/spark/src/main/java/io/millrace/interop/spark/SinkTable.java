package io.millrace.interop.spark;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.SupportsWrite;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.Write;
import org.apache.spark.sql.connector.write.WriteBuilder;
import org.apache.spark.sql.internal.connector.SupportsStreamingUpdateAsAppend;

/** The place that a query's sink writes to. Lives as long as one run of the query. */
final class SinkTable implements SupportsWrite {
  private final Map<String, String> properties;

  /** What a run keeps from epoch to epoch: the sink is made ready once. */
  private SinkWrite write;

  SinkTable(Map<String, String> properties) {
    this.properties = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    this.properties.putAll(properties);
  }

  @Override
  public String name() {
    return "millrace-sink " + properties.getOrDefault(SinkOptions.SINK.key(), "");
  }

  @Override
  public Column[] columns() {
    return new Column[0];
  }

  @Override
  public Set<TableCapability> capabilities() {
    return Set.of(TableCapability.STREAMING_WRITE, TableCapability.ACCEPT_ANY_SCHEMA);
  }

  /** The frame and its options are the same in every epoch. */
  @Override
  public WriteBuilder newWriteBuilder(LogicalWriteInfo info) {
    return new SupportsStreamingUpdateAsAppend() {
      @Override
      public Write build() {
        if (write == null) {
          Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
          all.putAll(properties);
          all.putAll(info.options().asCaseSensitiveMap());
          write = SinkWrite.open(SinkOptions.of(all), info.schema(), info.queryId());
        }
        return write;
      }
    };
  }
}
