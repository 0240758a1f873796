package io.millrace.format.testkit;

import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Seeded hostile inputs for one codec: noise, and good records and files after random changes, in
 * random schemas and dialects. The same seed tries the same inputs. A broken property is an
 * AssertionError that names seed and input. Not thread-safe, but {@link #tried} may be read by
 * another thread that watches whether it goes on.
 */
public final class CodecFuzz {
  private static final int INPUTS_PER_CASE = 500;
  private static final int FILE_EVERY = 20;

  private final Codec codec;
  private final AtomicLong tried = new AtomicLong();
  private long accepted;
  private long refused;
  private long skipped;
  private long files;
  private long fileRows;

  public CodecFuzz(Codec codec) {
    this.codec = codec;
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

  /** Tries so many inputs of this seed. */
  public void run(long seed, int inputs) {
    CodecCase current = null;
    Random random = new Random();
    Mutations mutations = new Mutations(random);
    for (int input = 0; input < inputs; input++) {
      if (input % INPUTS_PER_CASE == 0) {
        long caseSeed = (seed * 1_000_003 + input) * Codec.values().length + codec.ordinal();
        current = new CodecCase(codec, caseSeed);
        random.setSeed(~caseSeed);
      }
      boolean file = random.nextInt(FILE_EVERY) == 0;
      choose(file ? current.files() : current.records(), random, mutations);
      try {
        attempt(current, file, mutations);
      } catch (AssertionError | RuntimeException | StackOverflowError | OutOfMemoryError e) {
        throw new AssertionError(failure(seed, input, file, current, mutations), e);
      }
      tried.lazySet(tried.get() + 1);
    }
  }

  private void choose(List<byte[]> good, Random random, Mutations mutations) {
    byte[] one = good.get(random.nextInt(good.size()));
    switch (random.nextInt(12)) {
      case 0 -> mutations.copy(one);
      case 1 -> mutations.noise(one, random.nextBoolean() ? 0 : codec == Codec.AVRO ? 5 : 1);
      default -> mutations.mutate(one, good.get(random.nextInt(good.size())));
    }
  }

  private void attempt(CodecCase current, boolean file, Mutations mutations) {
    if (file) {
      files++;
      fileRows += current.file(mutations.bytes(), mutations.length());
      return;
    }
    switch (current.record(mutations.bytes(), mutations.length())) {
      case ACCEPTED -> accepted++;
      case REFUSED -> refused++;
      case SKIPPED -> skipped++;
    }
  }

  private String failure(
      long seed, int input, boolean file, CodecCase current, Mutations mutations) {
    byte[] bytes = Arrays.copyOf(mutations.bytes(), mutations.length());
    return "Seed %d, input %d, a %s of %s: %s"
        .formatted(
            seed,
            input,
            file ? "file" : "record",
            current,
            Base64.getEncoder().encodeToString(bytes));
  }
}
