package io.millrace.cli;

import java.io.IOException;

/** The server cannot be reached: nothing was done, the caller may start it and try again. */
final class ServerNotReachedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ServerNotReachedException(String url, IOException cause) {
    super("Cannot reach the server at " + url + ". Start it with: millrace start", cause);
  }
}
