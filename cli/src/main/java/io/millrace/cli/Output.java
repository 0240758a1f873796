package io.millrace.cli;

import java.io.PrintWriter;

/** The output formats. */
enum Output {
  TABLE {
    @Override
    Answer printer(PrintWriter out) {
      return new TablePrinter(out);
    }
  },
  VERTICAL {
    @Override
    Answer printer(PrintWriter out) {
      return new VerticalPrinter(out);
    }
  },
  CSV {
    @Override
    Answer printer(PrintWriter out) {
      return new CsvPrinter(out);
    }
  },
  JSON {
    @Override
    Answer printer(PrintWriter out) {
      return new JsonPrinter(out);
    }
  };

  abstract Answer printer(PrintWriter out);
}
