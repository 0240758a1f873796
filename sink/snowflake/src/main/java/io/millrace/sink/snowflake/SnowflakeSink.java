package io.millrace.sink.snowflake;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import io.millrace.sink.Committer;
import io.millrace.sink.StagedSink;
import io.millrace.sink.StagedWriter;
import io.millrace.sink.WriterContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A stream or table in Snowflake. Immutable; sent to the tasks that write.
 *
 * @param folder the sink's name as part of a path on the stage
 * @param table the target, quoted
 * @param keys the key's columns as Snowflake has them; empty for a stream
 * @param lineage whether rows say where they come from
 */
record SnowflakeSink(
    Login login,
    Ledger ledger,
    String folder,
    String table,
    String stage,
    List<TargetColumn> columns,
    List<String> keys,
    boolean lineage,
    Limits limits)
    implements StagedSink {
  static final String FORMAT = "MILLRACE_PARQUET";
  static final String PARTITION = "MILLRACE_PARTITION";
  static final String OFFSET = "MILLRACE_OFFSET";
  private static final String DELETED = "_millrace_deleted";
  private static final String SEQUENCE = "_millrace_sequence";
  private static final String FROM_PARTITION = "_millrace_partition";
  private static final String FROM_OFFSET = "_millrace_offset";

  /** When a file is full, and how much it may gather in memory, in bytes. */
  record Limits(long maxRows, long maxBytes, long memory) implements java.io.Serializable {}

  SnowflakeSink {
    columns = List.copyOf(columns);
    keys = List.copyOf(keys);
  }

  boolean isTable() {
    return !keys.isEmpty();
  }

  /** The columns of a staged file. */
  RowSchema staged() {
    List<Column> staged = new ArrayList<>(columns.stream().map(TargetColumn::staged).toList());
    if (isTable()) {
      staged.add(new Column(DELETED, DataType.BOOLEAN));
      staged.add(new Column(SEQUENCE, DataType.BIGINT));
    }
    if (lineage) {
      staged.add(new Column(FROM_PARTITION, DataType.INT));
      staged.add(new Column(FROM_OFFSET, DataType.BIGINT));
    }
    return new RowSchema(staged, List.of());
  }

  private Stream<String> names() {
    return Stream.concat(
        columns.stream().map(TargetColumn::name),
        lineage ? Stream.of(PARTITION, OFFSET) : Stream.of());
  }

  private Stream<String> values() {
    return Stream.concat(
        columns.stream().map(TargetColumn::fromStage),
        lineage
            ? Stream.of(
                "$1:" + Sql.quote(FROM_PARTITION) + "::NUMBER(38,0)",
                "$1:" + Sql.quote(FROM_OFFSET) + "::NUMBER(38,0)")
            : Stream.of());
  }

  private String files(StagedBatch batch) {
    return "@" + stage + "/" + batch.path() + " (FILE_FORMAT => '" + FORMAT + "')";
  }

  /**
   * Nothing unless the transaction is the one that has taken the batch: had Snowflake aborted that,
   * the statement would run, and commit, by itself.
   */
  private static String within(String transaction) {
    return " WHERE CURRENT_TRANSACTION() = " + Sql.literal(transaction);
  }

  /** Adds the rows of a batch. */
  String insert(StagedBatch batch, String transaction) {
    return "INSERT INTO "
        + table
        + " ("
        + names().map(Sql::quote).collect(Collectors.joining(", "))
        + ") SELECT "
        + values().collect(Collectors.joining(", "))
        + " FROM "
        + files(batch)
        + within(transaction);
  }

  /**
   * Brings the table to where the batch leaves it: of each key only the last change counts, or the
   * merge would not be deterministic. Rows of one key are in one batch in their order.
   */
  String merge(StagedBatch batch, String transaction) {
    List<String> names = names().map(Sql::quote).toList();
    List<String> values = values().toList();
    List<String> source = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      source.add(values.get(i) + " AS " + names.get(i));
    }
    source.add("$1:" + Sql.quote(DELETED) + "::BOOLEAN AS " + Sql.quote(DELETED));
    source.add("$1:" + Sql.quote(SEQUENCE) + "::NUMBER(38,0) AS " + Sql.quote(SEQUENCE));
    List<String> quotedKeys = keys.stream().map(Sql::quote).toList();
    String key = String.join(", ", quotedKeys);
    String deleted = "S." + Sql.quote(DELETED);
    return "MERGE INTO "
        + table
        + " T USING (SELECT * FROM (SELECT "
        + String.join(", ", source)
        + " FROM "
        + files(batch)
        + within(transaction)
        + ") QUALIFY ROW_NUMBER() OVER (PARTITION BY "
        + key
        + " ORDER BY "
        + Sql.quote(SEQUENCE)
        + " DESC) = 1) S ON "
        + quotedKeys.stream().map(k -> "T." + k + " = S." + k).collect(Collectors.joining(" AND "))
        + " WHEN MATCHED AND "
        + deleted
        + " THEN DELETE WHEN MATCHED THEN UPDATE SET "
        + names.stream().map(n -> n + " = S." + n).collect(Collectors.joining(", "))
        + " WHEN NOT MATCHED AND NOT "
        + deleted
        + " THEN INSERT ("
        + String.join(", ", names)
        + ") VALUES ("
        + names.stream().map(n -> "S." + n).collect(Collectors.joining(", "))
        + ")";
  }

  /** How many rows the files of a batch have. */
  String count(StagedBatch batch) {
    return "SELECT COUNT(*) FROM " + files(batch);
  }

  @Override
  public StagedWriter writer(WriterContext context) throws IOException {
    return new SnowflakeWriter(this, context);
  }

  @Override
  public Committer committer() {
    return new SnowflakeCommitter(this);
  }
}
