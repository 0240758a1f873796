package io.millrace.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.Locale;

/** One line that tells a person how far the files are; it is rewritten in place. */
final class Progress {
  private static final long STEP = 1 << 20;
  private static final String TO_END_OF_LINE = "\033[K";

  private final PrintWriter screen;
  private final int files;
  private int file;
  private long rows;

  Progress(PrintWriter screen, int files) {
    this.screen = screen;
    this.files = files;
  }

  /** Counts what is read of the next file; {@code size} is 0 where it is not known. */
  InputStream next(InputStream in, long size) {
    file++;
    show(0, size);
    return new FilterInputStream(in) {
      private long read;

      @Override
      public int read() throws IOException {
        int b = super.read();
        count(b < 0 ? 0 : 1);
        return b;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        int n = super.read(bytes, offset, length);
        count(Math.max(0, n));
        return n;
      }

      private void count(int bytes) {
        long before = read;
        read += bytes;
        if (before / STEP != read / STEP) {
          show(read, size);
        }
      }
    };
  }

  private void show(long read, long size) {
    String far =
        size > 0
            ? String.format(Locale.ROOT, "%d%%", Math.min(100, read * 100 / size))
            : String.format(Locale.ROOT, "%,d MB", read / STEP);
    screen.printf(
        Locale.ROOT, "\rfile %d of %d: %s, %,d rows%s", file, files, far, rows, TO_END_OF_LINE);
    screen.flush();
  }

  void loaded(long more) {
    rows += more;
  }

  /** Makes way for other lines. */
  void clear() {
    screen.print("\r" + TO_END_OF_LINE);
    screen.flush();
  }
}
