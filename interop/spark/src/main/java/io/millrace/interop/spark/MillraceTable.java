package io.millrace.interop.spark;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.MetadataColumn;
import org.apache.spark.sql.connector.catalog.SupportsMetadataColumns;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.SupportsWrite;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.WriteBuilder;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/** A stream or table of the warehouse, to be read and written. */
final class MillraceTable implements SupportsRead, SupportsWrite, SupportsMetadataColumns {
  /** Whose columns a frame that is written has. */
  enum Columns {
    /** Any, by name: they are compared with the contract, and {@code _op} may be among them. */
    ANY,
    /** Those of the contract: Spark resolves an INSERT against them. */
    OF_CONTRACT
  }

  private final Relation relation;
  private final Map<String, String> properties;
  private final Columns writes;
  private final EpochWrites epochs = new EpochWrites();

  MillraceTable(Relation relation, Map<String, String> properties, Columns writes) {
    this.relation = relation;
    this.properties = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    this.properties.putAll(properties);
    this.writes = writes;
  }

  @Override
  public String name() {
    return "millrace " + relation.name();
  }

  /**
   * The columns that are read unless metadata are asked for. Those of a table are NULL in the row
   * that says of a key that it is gone.
   */
  StructType frameSchema() {
    List<StructField> fields = new ArrayList<>();
    for (io.millrace.model.Column column : chosen()) {
      StructField field = SparkTypes.field(column);
      boolean isKey =
          relation.schema().primaryKey().stream().anyMatch(column.name()::equalsIgnoreCase);
      fields.add(
          relation.isTable() && !isKey
              ? field.copy(field.name(), field.dataType(), true, field.metadata())
              : field);
    }
    return new StructType(fields.toArray(StructField[]::new));
  }

  private List<io.millrace.model.Column> chosen() {
    String names = properties.get(SourceOptions.COLUMNS.key());
    if (names == null) {
      return relation.schema().columns();
    }
    return Arrays.stream(names.split(","))
        .map(String::strip)
        .map(
            name -> {
              int index = relation.schema().indexOf(name);
              if (index < 0) {
                throw new MillraceException(
                        ErrorCode.NOT_FOUND,
                        "Cannot read column " + name + ": " + relation.what() + " has none")
                    .hint("Its columns are " + WriteColumns.names(relation) + ".");
              }
              return relation.schema().column(index);
            })
        .toList();
  }

  @Override
  public Column[] columns() {
    return Arrays.stream(frameSchema().fields())
        .map(
            field ->
                Column.create(
                    field.name(),
                    field.dataType(),
                    field.nullable(),
                    field.getComment().isDefined() ? field.getComment().get() : null,
                    null))
        .toArray(Column[]::new);
  }

  @Override
  public MetadataColumn[] metadataColumns() {
    return Arrays.stream(Metadata.values())
        .filter(m -> relation.schema().indexOf(m.column()) < 0)
        .map(Metadata::toSpark)
        .toArray(MetadataColumn[]::new);
  }

  @Override
  public Map<String, String> properties() {
    Map<String, String> shown = new TreeMap<>();
    shown.put("kind", relation.isTable() ? "table" : "stream");
    shown.put("topic", relation.topic());
    if (relation.isTable()) {
      shown.put("primary key", String.join(", ", relation.schema().primaryKey()));
    }
    if (relation.comment() != null) {
      shown.put("comment", relation.comment());
    }
    return shown;
  }

  @Override
  public Set<TableCapability> capabilities() {
    Set<TableCapability> capabilities =
        EnumSet.of(
            TableCapability.BATCH_READ,
            TableCapability.MICRO_BATCH_READ,
            TableCapability.BATCH_WRITE,
            TableCapability.STREAMING_WRITE);
    if (writes == Columns.ANY) {
      capabilities.add(TableCapability.ACCEPT_ANY_SCHEMA);
    }
    return capabilities;
  }

  @Override
  public ScanBuilder newScanBuilder(CaseInsensitiveStringMap options) {
    return new ReadBuilder(relation, options(options), frameSchema());
  }

  @Override
  public WriteBuilder newWriteBuilder(LogicalWriteInfo info) {
    return new TopicWriteBuilder(relation, options(info.options()), info, epochs);
  }

  /** Those of the table with those of the read or write. */
  private SourceOptions options(CaseInsensitiveStringMap more) {
    Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    all.putAll(properties);
    all.putAll(more.asCaseSensitiveMap());
    return SourceOptions.of(all);
  }
}
