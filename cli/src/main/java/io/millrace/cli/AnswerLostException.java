package io.millrace.cli;

import java.io.IOException;

/**
 * The request may have reached the server, but its answer did not come, or not to its end: whether
 * it was done is not known, so look before you ask again.
 */
final class AnswerLostException extends IOException {
  private static final long serialVersionUID = 1L;

  AnswerLostException(String url, IOException cause) {
    super("Failed to read the answer of " + url + ": " + reason(cause), cause);
  }

  private static String reason(IOException cause) {
    return cause.getMessage() == null ? "the connection was closed" : cause.getMessage();
  }
}
