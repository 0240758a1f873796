package io.millrace.examples.weblogs;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;

/**
 * A folder that somebody writes numbered lines into, and puts old ones aside as a system does, each
 * in its own way. Lines are never taken away before they could be read.
 */
final class LogFolder implements AutoCloseable {
  private static final int LARGEST_BURST = 60;
  private static final int BURSTS_OF_A_FILE = 12;
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(80);

  /** A copy is read as a file of its own once it has stood still; truncation comes before that. */
  private static final Duration BEFORE_TRUNCATION = Duration.ofMillis(700);

  /** How files are put aside, and what they look like. */
  enum Kind {
    /** Renamed and, later, packed: {@code web.log}, {@code web.log.7}, {@code web.log.7.gz}. */
    RENAMED("w3c", "#Version: 1.0\n#Fields: writer n text\n") {
      @Override
      String line(int n) {
        return name() + " " + n + " " + text(n);
      }
    },

    /** Copied, then truncated. */
    COPIED("json", "") {
      @Override
      String line(int n) {
        return "{\"text\":\"" + text(n) + "\",\"writer\":\"" + name() + "\",\"n\":" + n + "}";
      }
    },

    /** Dropped as whole files, some of them packed. */
    DROPPED("delimited", "n,text,writer\n") {
      @Override
      String line(int n) {
        return n + ",\"" + text(n) + "\"," + name();
      }
    },

    /** Dropped as whole files that are one array each. */
    ARRAYS("json", "") {
      @Override
      String line(int n) {
        return COPIED.line(n).replace(COPIED.name(), name());
      }
    };

    private final String format;
    private final String head;

    Kind(String format, String head) {
      this.format = format;
      this.head = head;
    }

    abstract String line(int n);

    /** What line n says, of a length that n tells. */
    static String text(int n) {
      return "t" + n + "-" + "abcdefghij".repeat(n % 17);
    }

    String source(Path folder) {
      return ("CREATE SOURCE "
          + name().toLowerCase(Locale.ROOT)
          + " FROM file INTO lines WITH ('path' = '"
          + folder
          + "', 'format' = '"
          + format
          + "', "
          + (this == DROPPED ? "'header' = 'on', " : "")
          + "'every' = '200 ms', 'idle' = '4 seconds');\n");
    }
  }

  private final Kind kind;
  private final Path folder;
  private final SplittableRandom random;
  private final AtomicInteger written = new AtomicInteger();
  private final AtomicInteger setAside = new AtomicInteger();
  private final Thread thread = new Thread(this::run);
  private volatile int wanted;
  private volatile boolean finished;
  private volatile Exception failure;
  private int number;

  LogFolder(Kind kind, Path parent, long seed) throws IOException {
    this.kind = kind;
    this.folder = Files.createDirectories(parent.resolve(kind.name().toLowerCase(Locale.ROOT)));
    this.random = new SplittableRandom(seed);
    thread.setName("writer-" + kind);
  }

  void start() {
    thread.start();
  }

  Kind kind() {
    return kind;
  }

  Path folder() {
    return folder;
  }

  /** Lines so far, each by its number from 0. */
  int written() {
    return written.get();
  }

  /** How often a file was put aside. */
  int setAside() {
    return setAside.get();
  }

  private void run() {
    try {
      while (!finished || written.get() < wanted) {
        if (written.get() < wanted) {
          burst();
        }
        LockSupport.parkNanos(random.nextLong(LONGEST_PAUSE.toNanos()));
      }
      endWithoutLineFeed();
    } catch (IOException e) {
      failure = e;
    }
  }

  /** The last line of a file that has stood still counts, too. */
  private void endWithoutLineFeed() throws IOException {
    if (kind == Kind.RENAMED || kind == Kind.COPIED) {
      append(folder.resolve("last.log"), kind.head + kind.line(written.get()));
      written.incrementAndGet();
    }
  }

  private void burst() throws IOException {
    int from = written.get();
    int to = from + 1 + random.nextInt(LARGEST_BURST);
    switch (kind) {
      case RENAMED, COPIED -> grow(from, to);
      case DROPPED -> drop(from, to, kind.head, "\n", "");
      case ARRAYS -> drop(from, to, "[", ",\n", "]");
    }
    written.set(to);
    if (random.nextInt(BURSTS_OF_A_FILE) == 0) {
      if (kind == Kind.RENAMED) {
        rename();
      } else if (kind == Kind.COPIED) {
        copyAndTruncate();
      }
    }
  }

  private String lines(int from, int to, String between) {
    return IntStream.range(from, to).mapToObj(kind::line).collect(Collectors.joining(between));
  }

  /** In two pieces, of which the first one rarely ends with a line. */
  private void grow(int from, int to) throws IOException {
    Path file = folder.resolve("a.log");
    String head = Files.exists(file) && Files.size(file) > 0 ? "" : kind.head;
    String text = head + lines(from, to, "\n") + "\n";
    int cut = random.nextInt(text.length() + 1);
    append(file, text.substring(0, cut));
    append(file, text.substring(cut));
  }

  private static void append(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private void rename() throws IOException {
    Path aside = folder.resolve("a.log." + ++number);
    Files.move(folder.resolve("a.log"), aside);
    setAside.incrementAndGet();
    int packed = number - random.nextInt(3);
    Path plain = folder.resolve("a.log." + packed);
    if (Files.exists(plain)) {
      pack(plain, folder.resolve(plain.getFileName() + ".gz"));
      Files.delete(plain);
    }
  }

  private static void pack(Path plain, Path packed) throws IOException {
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      Files.copy(plain, out);
    }
  }

  private void copyAndTruncate() throws IOException {
    Path file = folder.resolve("a.log");
    Files.copy(file, folder.resolve("a.log." + ++number));
    LockSupport.parkNanos(random.nextLong(BEFORE_TRUNCATION.toNanos()));
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(0);
    }
    setAside.incrementAndGet();
  }

  private void drop(int from, int to, String head, String between, String foot) throws IOException {
    boolean packed = random.nextInt(3) == 0;
    String name = "drop-" + ++number + (packed ? ".gz" : ".txt");
    Path hidden = folder.resolve(name + ".tmp");
    byte[] bytes = (head + lines(from, to, between) + foot).getBytes(StandardCharsets.UTF_8);
    try (OutputStream file = Files.newOutputStream(hidden);
        OutputStream out = packed ? new GZIPOutputStream(file) : file) {
      out.write(bytes);
    }
    Files.move(hidden, folder.resolve(name));
    setAside.incrementAndGet();
  }

  /** Writes until there are so many lines, then waits. */
  void write(int lines) {
    wanted = lines;
  }

  /** Returns once all lines that were asked for are there. */
  void finish() throws IOException, InterruptedException {
    finished = true;
    thread.join();
    if (failure != null) {
      throw new IOException("The writer of " + folder + " failed", failure);
    }
  }

  @Override
  public void close() throws InterruptedException {
    wanted = 0;
    finished = true;
    thread.join(); // at once where it was never started
  }
}
