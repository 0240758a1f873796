package io.millrace.sink;

/** A sink cannot take this one row; it goes to the dead letters and the others go on. */
public final class RowRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String column;

  /**
   * @param column the column at fault, or empty
   * @param reason a sentence that opens with "Cannot"
   */
  public RowRefusedException(String column, String reason) {
    super(reason, null, false, false);
    this.column = column;
  }

  public String column() {
    return column;
  }
}
