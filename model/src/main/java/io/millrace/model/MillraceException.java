package io.millrace.model;

import java.util.Optional;

/**
 * The one exception that crosses module borders: a code, one sentence that opens with "Cannot",
 * "Invalid" or "Failed to", and, where there is one, a hint and a place in the statement text.
 */
public class MillraceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final String hint;
  private final Place place;

  /** A place in a statement's text; line and column count from 1. */
  public record Place(int line, int column, int length) implements java.io.Serializable {}

  public MillraceException(ErrorCode code, String message) {
    this(code, message, null, null, null);
  }

  public MillraceException(ErrorCode code, String message, Throwable cause) {
    this(code, message, null, null, cause);
  }

  private MillraceException(
      ErrorCode code, String message, String hint, Place place, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.hint = hint;
    this.place = place;
  }

  /** The same error with a hint: what the caller may do about it, as a sentence. */
  public MillraceException hint(String sentence) {
    return new MillraceException(code, getMessage(), sentence, place, this);
  }

  /** The same error with its place in the statement text. */
  public MillraceException at(Place where) {
    return new MillraceException(code, getMessage(), hint, where, this);
  }

  /** With the code, and the hint: where an error crosses a process as text, both arrive. */
  @Override
  public String toString() {
    return getClass().getName()
        + ": "
        + code
        + ": "
        + getMessage()
        + (hint == null ? "" : " Hint: " + hint);
  }

  public ErrorCode code() {
    return code;
  }

  public Optional<String> hint() {
    return Optional.ofNullable(hint);
  }

  public Optional<Place> place() {
    return Optional.ofNullable(place);
  }
}
