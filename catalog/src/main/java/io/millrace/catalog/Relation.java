package io.millrace.catalog;

import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.sql.WatermarkDefinition;
import java.io.Serial;
import java.io.Serializable;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A stream or a table: a topic, and how its records are read as rows.
 *
 * @param format how a record's value is written: {@code avro}, {@code json}, ...
 * @param schema the columns held in the records, and a table's primary key
 * @param columnOrder all columns, physical, computed and metadata, as {@code SELECT *} shows them
 * @param keySchemaId the registry's id of the key contract, -1 without one
 * @param valueSchemaId the registry's id of the value contract, -1 unless the format is avro
 * @param filledBy the continuous query that fills it and that bears its name; of the versions of a
 *     table with history, the table's
 * @param foreign whether the topic was there before the relation: DROP leaves it
 * @param statement the CREATE statement as written
 */
public record Relation(
    Name name,
    Kind kind,
    String topic,
    String format,
    RowSchema schema,
    List<ComputedColumn> computed,
    List<MetadataColumn> metadata,
    List<String> columnOrder,
    Optional<WatermarkDefinition> watermark,
    EventTime eventTime,
    Optional<String> comment,
    Map<String, String> options,
    int keySchemaId,
    int valueSchemaId,
    Optional<Name> filledBy,
    boolean foreign,
    String statement,
    Instant created)
    implements Entry, Serializable {

  /** Append-only topic, or compacted topic with a primary key. */
  public enum Kind {
    STREAM,
    TABLE;

    /** The kind as people read it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Where a reader takes event time from. */
  public enum EventTime {
    /** No WATERMARK: the record's timestamp. */
    NONE,
    /** The reader evaluates the declared watermark expression. */
    DECLARED,
    /** The watermark column is known; marks in record headers drive it. */
    MARKS
  }

  /** A column computed by readers from Flink SQL. */
  public record ComputedColumn(String name, String expression, Optional<String> comment)
      implements Serializable {
    @Serial
    private Object writeReplace() {
      return new Plain(name, expression, comment.orElse(null));
    }

    /** The same without Optional, which cannot be serialized. */
    private record Plain(String name, String expression, String comment) implements Serializable {
      @Serial
      private Object readResolve() {
        return new ComputedColumn(name, expression, Optional.ofNullable(comment));
      }
    }
  }

  /** A column read from what Kafka says of a record: topic, partition, offset, timestamp, ... */
  public record MetadataColumn(String name, DataType type, String key) implements Serializable {}

  public Relation {
    computed = List.copyOf(computed);
    metadata = List.copyOf(metadata);
    columnOrder = List.copyOf(columnOrder);
    options = Copies.ordered(options);
  }

  @Override
  public EntryKey key() {
    return new EntryKey(EntryKind.RELATION, name);
  }

  public boolean isTable() {
    return kind == Kind.TABLE;
  }

  /** The same relation with another contract: after ALTER ... ADD COLUMN. */
  public Relation withSchema(RowSchema newSchema, List<String> newColumnOrder, int newSchemaId) {
    return copy(newSchema, newColumnOrder, options, keySchemaId, newSchemaId, foreign, statement);
  }

  /** The relation once its contracts are registered. */
  public Relation withSchemaIds(int newKeySchemaId, int newValueSchemaId) {
    return copy(schema, columnOrder, options, newKeySchemaId, newValueSchemaId, foreign, statement);
  }

  /** The relation, its topic there before it or not. */
  public Relation withForeign(boolean nowForeign) {
    return copy(schema, columnOrder, options, keySchemaId, valueSchemaId, nowForeign, statement);
  }

  /** The relation as another statement tells it. */
  public Relation withStatement(String newStatement) {
    return copy(schema, columnOrder, options, keySchemaId, valueSchemaId, foreign, newStatement);
  }

  /** The same relation with other options: after ALTER ... SET. */
  public Relation withOptions(Map<String, String> newOptions) {
    return copy(schema, columnOrder, newOptions, keySchemaId, valueSchemaId, foreign, statement);
  }

  /** What may change in the life of a relation, changed. */
  private Relation copy(
      RowSchema newSchema,
      List<String> newColumnOrder,
      Map<String, String> newOptions,
      int newKeySchemaId,
      int newValueSchemaId,
      boolean nowForeign,
      String newStatement) {
    return new Relation(
        name,
        kind,
        topic,
        format,
        newSchema,
        computed,
        metadata,
        newColumnOrder,
        watermark,
        eventTime,
        comment,
        newOptions,
        newKeySchemaId,
        newValueSchemaId,
        filledBy,
        nowForeign,
        newStatement,
        created);
  }

  @Serial
  private Object writeReplace() {
    return new Text(EntryJson.write(this));
  }

  /** A relation travels to jobs as its JSON: what it holds need not be serializable. */
  private record Text(String json) implements Serializable {
    @Serial
    private Object readResolve() {
      return EntryJson.read(json).orElseThrow();
    }
  }
}
