package io.millrace.format.testkit;

import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Seeded hostile inputs for one codec: noise, and good records and files after random changes, in
 * random schemas and dialects. The same seed tries the same inputs. A broken property, an input
 * that hangs and one that wants more memory than there is are AssertionErrors that name the seed,
 * the codec and the input's bytes. Not thread-safe.
 */
public final class CodecFuzz {
  private static final int INPUTS_PER_CASE = 500;
  private static final int FILE_EVERY = 20;

  /** An input takes microseconds; what is slow but ends is the case's to find. */
  private static final Duration HANGING = Duration.ofMinutes(1);

  /** What is done with an input. */
  @FunctionalInterface
  interface Attempt {
    void on(CodecCase current, boolean file, byte[] bytes, int length);
  }

  private final Codec codec;
  private final Duration hanging;
  private final Attempt attempt;
  private final Random random = new Random();
  private final Mutations mutations = new Mutations(random);

  /** Set when an input is complete, so that who watches sees all of it. */
  private final AtomicLong tried = new AtomicLong();

  private CodecCase current;
  private boolean file;
  private long accepted;
  private long refused;
  private long skipped;
  private long files;
  private long fileRows;

  public CodecFuzz(Codec codec) {
    this.codec = codec;
    this.hanging = HANGING;
    this.attempt = this::attempt;
  }

  CodecFuzz(Codec codec, Duration hanging, Attempt attempt) {
    this.codec = codec;
    this.hanging = hanging;
    this.attempt = attempt;
  }

  public Codec codec() {
    return codec;
  }

  /** Inputs so far. */
  public long tried() {
    return tried.get();
  }

  /** Records that gave a row, which was written and read back as it was. */
  public long accepted() {
    return accepted;
  }

  /** Records that were refused. */
  public long refused() {
    return refused;
  }

  /** Records that carry no row by design. */
  public long skipped() {
    return skipped;
  }

  /** Inputs that were files. */
  public long files() {
    return files;
  }

  /** Rows that the files gave. */
  public long fileRows() {
    return fileRows;
  }

  /**
   * Tries so many inputs of this seed. They are tried on a thread of their own, which is left
   * behind where an input hangs; no other run of this object is possible then.
   */
  public void run(long seed, int inputs) throws InterruptedException {
    FutureTask<Void> task = new FutureTask<>(() -> attemptAll(seed, inputs), null);
    Thread worker = new Thread(task, "fuzz-" + codec.format());
    worker.setDaemon(true);
    worker.start();
    try {
      long before;
      do {
        before = tried.get();
        worker.join(hanging.toMillis());
      } while (worker.isAlive() && tried.get() > before);
      if (worker.isAlive()) {
        AssertionError hangs = new AssertionError("no end within " + hanging);
        hangs.setStackTrace(worker.getStackTrace());
        throw failure(seed, hangs);
      }
      task.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof AssertionError failure
          ? failure
          : new AssertionError(
              "Seed %d of %s makes no inputs".formatted(seed, codec.format()), e.getCause());
    } finally {
      worker.interrupt();
    }
  }

  private void attemptAll(long seed, int inputs) {
    for (int input = 0; input < inputs && !Thread.interrupted(); input++) {
      if (input % INPUTS_PER_CASE == 0) {
        long caseSeed = (seed * 1_000_003 + input) * Codec.values().length + codec.ordinal();
        current = new CodecCase(codec, caseSeed);
        random.setSeed(~caseSeed);
      }
      file = random.nextInt(FILE_EVERY) == 0;
      choose(file ? current.files() : current.records());
      tried.lazySet(tried.get() + 1);
      try {
        attempt.on(current, file, mutations.bytes(), mutations.length());
      } catch (AssertionError | RuntimeException | StackOverflowError | OutOfMemoryError e) {
        throw failure(seed, e);
      }
    }
  }

  private void choose(List<byte[]> good) {
    byte[] one = good.get(random.nextInt(good.size()));
    switch (random.nextInt(12)) {
      case 0 -> mutations.copy(one);
      case 1 -> mutations.noise(one, random.nextBoolean() ? 0 : codec == Codec.AVRO ? 5 : 1);
      default -> mutations.mutate(one, good.get(random.nextInt(good.size())));
    }
  }

  private void attempt(CodecCase current, boolean file, byte[] bytes, int length) {
    if (file) {
      files++;
      fileRows += current.file(bytes, length);
      return;
    }
    switch (current.record(bytes, length)) {
      case ACCEPTED -> accepted++;
      case REFUSED -> refused++;
      case SKIPPED -> skipped++;
    }
  }

  private AssertionError failure(long seed, Throwable why) {
    return new AssertionError(
        "Seed %d, input %d, a %s of %s: %s"
            .formatted(
                seed,
                tried.get(),
                file ? "file" : "record",
                current,
                HexFormat.of().formatHex(mutations.bytes(), 0, mutations.length())),
        why);
  }
}
