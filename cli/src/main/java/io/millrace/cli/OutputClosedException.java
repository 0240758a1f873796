package io.millrace.cli;

import java.io.PrintWriter;

/** What the answer is written to takes no more: there is no use in asking for the rest. */
final class OutputClosedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OutputClosedException() {
    super("Cannot write the answer: the output is closed or full");
  }

  /** Flushes; throws where that, or an earlier write, failed. */
  static void flush(PrintWriter out) {
    if (out.checkError()) {
      throw new OutputClosedException();
    }
  }
}
