package io.millrace.sink.files;

import java.io.IOException;

/**
 * An object store refused or did not answer. The message goes on from "Cannot ...: ", such as
 * "bucket does not exist: acme"; the hint says what a person may do about it.
 */
public final class ObjectStoreException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String hint;

  public ObjectStoreException(String message, String hint, Throwable cause) {
    super(message, cause);
    this.hint = hint;
  }

  public String hint() {
    return hint;
  }

  /** With the hint: where an error crosses a process as text, both arrive. */
  @Override
  public String toString() {
    return super.toString() + " Hint: " + hint;
  }
}
