package io.millrace.interop.spark;

import io.millrace.model.Name;
import java.util.Map;
import org.apache.spark.sql.connector.catalog.SessionConfigSupport;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * {@code format("millrace")}: streams and tables of a warehouse. Options that all reads and writes
 * of a session have in common may stand in its configuration: {@code
 * spark.datasource.millrace.kafka}. The columns are those of the contract, not a frame's.
 */
public final class MillraceProvider
    implements TableProvider, DataSourceRegister, SessionConfigSupport {
  @Override
  public String shortName() {
    return "millrace";
  }

  @Override
  public String keyPrefix() {
    return "millrace";
  }

  @Override
  public StructType inferSchema(CaseInsensitiveStringMap options) {
    return table(options.asCaseSensitiveMap()).frameSchema();
  }

  @Override
  public Table getTable(
      StructType schema, Transform[] partitioning, Map<String, String> properties) {
    return table(properties);
  }

  private static MillraceTable table(Map<String, String> properties) {
    SourceOptions options = SourceOptions.of(properties);
    Connections connections = Connections.of(options.warehouse());
    Relation relation =
        Relation.require(connections, Name.parse(options.get(SourceOptions.TABLE)), options);
    return new MillraceTable(relation, properties, MillraceTable.Columns.ANY);
  }
}
