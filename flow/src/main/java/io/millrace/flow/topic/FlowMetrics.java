package io.millrace.flow.topic;

/**
 * The names under which readers and writers of topics register their numbers with Flink, each per
 * subtask and directly in the operator's group, so that they are found by their last part. Stable.
 */
public final class FlowMetrics {
  /** Counter of a reader: records handed to the query; control records and refused ones are not. */
  public static final String ROWS_IN = "millraceRowsIn";

  /** Counter of a writer: rows written, upserts and deletes alike; control records are not. */
  public static final String ROWS_OUT = "millraceRowsOut";

  /** Counter of a delivery's writer: bytes of the records that became rows of the sink. */
  public static final String BYTES_OUT = "millraceBytesOut";

  /**
   * Gauge of a delivery: when rows were last committed, in milliseconds since 1970-01-01T00:00Z; -1
   * where none were since the task started.
   */
  public static final String LAST_COMMIT = "millraceLastCommit";

  /**
   * Counter of a reader and of a writer: records of any kind that passed. What has not moved since
   * the last checkpoint needs no other one.
   */
  public static final String RECORDS = "millraceRecords";

  /** Counter of a reader: records that could not be read as a row of the contract. */
  public static final String DECODE_ERRORS = "millraceDecodeErrors";

  /** Counter of a reader: rows on which an expression behind the reader failed. */
  public static final String EXPRESSION_ERRORS = "millraceExpressionErrors";

  /** Gauge of a lookup: records of the table that could not be read and were skipped. */
  public static final String LOOKUP_DECODE_ERRORS = "millraceLookupDecodeErrors";

  /** Gauge of a reader: records between its position and the committed end, all its partitions. */
  public static final String LAG_ROWS = "millraceLagRows";

  /**
   * Gauge of a reader: milliseconds between now and the timestamp of its last record while it lags;
   * 0 when it has read everything; -1 before the first record.
   */
  public static final String LAG_MS = "millraceLagMs";

  /**
   * Gauge of a reader: the least watermark over its active partitions, in milliseconds since
   * 1970-01-01T00:00; {@link Long#MIN_VALUE} where there is none yet.
   */
  public static final String CURRENT_WATERMARK = "millraceCurrentWatermark";

  private FlowMetrics() {}
}
