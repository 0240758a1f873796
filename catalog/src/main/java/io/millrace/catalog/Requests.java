package io.millrace.catalog;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import java.time.Duration;

/** The stream of requests that bore a key of their sender's and were written. */
public final class Requests {
  public static final Name NAME = Name.of("_millrace_requests");

  /** How long a key is known at least; what is sent again after that is written again. */
  public static final Duration REMEMBERED = Duration.ofDays(1);

  public static final RowSchema SCHEMA =
      RowSchema.of(
          new Column("topic", DataType.STRING.withNullable(false)),
          new Column("request_key", DataType.STRING.withNullable(false)),
          new Column("digest", DataType.BYTES.withNullable(false)),
          new Column("accepted", DataType.BIGINT.withNullable(false)),
          new Column("refused", DataType.BIGINT.withNullable(false)),
          new Column("positions", DataType.STRING.withNullable(false)),
          new Column("written_at", DataType.timestampLtz(3).withNullable(false)));

  private Requests() {}
}
