package io.millrace.catalog;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;

/** The stream of what each run of each scheduled extract did, or why it did nothing. */
public final class Extracts {
  public static final Name NAME = Name.of("_millrace_extracts");

  public static final RowSchema SCHEMA =
      RowSchema.of(
          new Column("source", DataType.STRING),
          new Column("mode", DataType.STRING),
          new Column("began_at", DataType.timestampLtz(3)),
          new Column("ended_at", DataType.timestampLtz(3)),
          new Column("rows_read", DataType.BIGINT),
          new Column("inserted", DataType.BIGINT),
          new Column("updated", DataType.BIGINT),
          new Column("deleted", DataType.BIGINT),
          new Column("error", DataType.STRING));

  private Extracts() {}
}
