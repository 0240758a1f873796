package io.millrace.cli;

import java.io.PrintWriter;

/** The output formats. */
enum Output {
  TABLE {
    @Override
    Answer printer(PrintWriter out, PrintWriter err) {
      return new TablePrinter(out);
    }
  },
  VERTICAL {
    @Override
    Answer printer(PrintWriter out, PrintWriter err) {
      return new VerticalPrinter(out);
    }
  },
  CSV {
    @Override
    Answer printer(PrintWriter out, PrintWriter err) {
      return new CsvPrinter(out, err);
    }
  },
  JSON {
    @Override
    Answer printer(PrintWriter out, PrintWriter err) {
      return new JsonPrinter(out);
    }
  };

  /**
   * Prints an answer to {@code out}; what a format has no place for, such as a message among CSV
   * lines, to {@code err}.
   */
  abstract Answer printer(PrintWriter out, PrintWriter err);
}
