package io.millrace.format.debezium;

/**
 * Places in the logs of databases as numbers that rise: what tells which of a row's changes came
 * first where their times are the same, and which is told again.
 */
public final class SourcePosition {
  private static final int POSITION_BITS = 32;
  private static final int ROW_BITS = 7;

  private SourcePosition() {}

  /**
   * A place in the binary log of MariaDB or MySQL. A row takes bytes in the log, so that the rows
   * of one event, counted on, do not reach the place of the next.
   *
   * @param file the number at the end of the file's name
   * @param position of the event in the file
   * @param row in the event
   */
  public static long ofBinaryLog(long file, long position, long row) {
    return ((file << POSITION_BITS | position) << ROW_BITS) + row;
  }

  /** The number at the end of a log file's name, {@code binlog.000042}; -1 where there is none. */
  public static long fileNumber(byte[] name, int offset, int length) {
    int from = offset + length;
    while (from > offset && name[from - 1] >= '0' && name[from - 1] <= '9') {
      from--;
    }
    int digits = offset + length - from;
    if (digits == 0 || digits > 9) {
      return -1;
    }
    long number = 0;
    for (int i = from; i < offset + length; i++) {
      number = number * 10 + name[i] - '0';
    }
    return number;
  }
}
