package io.millrace.serving;

import io.millrace.model.Column;
import java.util.List;

/**
 * A finite answer, read row by row. Values are Boolean, Integer, Long, Float, Double, BigDecimal,
 * String, byte[], LocalDate, LocalTime, LocalDateTime (TIMESTAMP), Instant (TIMESTAMP_LTZ), List,
 * Map (MAP and ROW) or null. For one thread, except {@link #cancel}.
 */
public interface ResultCursor extends AutoCloseable {
  List<Column> columns();

  /** Moves to the next row; false after the last. */
  boolean next();

  /** The value of a column, counted from 0, of the current row. */
  Object value(int column);

  /** Ends the query from any thread: {@link #next} then throws CANCELLED. */
  void cancel();

  @Override
  void close();
}
