package io.millrace.interop.spark;

import java.util.Map;
import org.apache.spark.sql.connector.catalog.SessionConfigSupport;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * {@code writeStream.format("millrace-sink")}: the sinks of the warehouse under a streaming query,
 * such as {@code option("sink", "snowflake")} with the options of Snowflake's own connector.
 */
public final class SinkProvider implements TableProvider, DataSourceRegister, SessionConfigSupport {
  @Override
  public String shortName() {
    return "millrace-sink";
  }

  @Override
  public String keyPrefix() {
    return "millrace-sink";
  }

  @Override
  public StructType inferSchema(CaseInsensitiveStringMap options) {
    return new StructType();
  }

  @Override
  public Table getTable(
      StructType schema, Transform[] partitioning, Map<String, String> properties) {
    return new SinkTable(properties);
  }
}
