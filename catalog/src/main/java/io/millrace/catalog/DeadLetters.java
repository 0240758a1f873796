package io.millrace.catalog;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import java.util.List;

/**
 * The table of refused records: the original bytes and headers, where they came from, which
 * statement refused them, at which stage (decode, expression, late, sink, source), and why.
 */
public final class DeadLetters {
  public static final Name NAME = Name.of("_millrace_dead_letters");

  /**
   * The topic of records that go through their statement once more: a letter becomes such a record
   * and a tombstone in one transaction, so it is in one of the two places at any time.
   */
  public static final String REPLAYS = "_millrace_replays";

  public static final RowSchema SCHEMA =
      new RowSchema(
          List.of(
              key("statement", DataType.STRING),
              key("stage", DataType.STRING),
              key("topic", DataType.STRING),
              key("partition", DataType.INT),
              key("offset", DataType.BIGINT),
              new Column("refused_at", DataType.timestampLtz(3)),
              new Column("code", DataType.STRING),
              new Column("message", DataType.STRING),
              new Column("field", DataType.STRING),
              new Column("record_key", DataType.BYTES),
              new Column("record_value", DataType.BYTES),
              new Column("headers", new DataType.Map(DataType.BYTES, true)),
              new Column("record_timestamp", DataType.timestampLtz(3))),
          List.of("statement", "stage", "topic", "partition", "offset"));

  private DeadLetters() {}

  private static Column key(String name, DataType type) {
    return new Column(name, type.withNullable(false));
  }
}
