package io.millrace.examples.weblogs;

import io.millrace.format.testkit.Codec;
import io.millrace.format.testkit.CodecFuzz;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Hostile bytes for every codec: none may crash it, hang it or make it allocate without bound, and
 * what it accepts is written and read back as it was. Needs no server.
 */
final class FuzzSuite implements Suite {
  @Override
  public String name() {
    return "fuzz";
  }

  @Override
  public String description() {
    return "hostile bytes for every codec; --rows is the inputs of each";
  }

  @Override
  public String unit() {
    return "input";
  }

  @Override
  public int usualRows() {
    return 200_000;
  }

  @Override
  public Outcome run(long seed, int rows, Path folder) throws InterruptedException {
    long tried = 0;
    List<String> wrong = new ArrayList<>();
    for (Codec codec : Codec.values()) {
      CodecFuzz fuzz = new CodecFuzz(codec);
      try {
        fuzz.run(seed, rows);
      } catch (AssertionError e) {
        wrong.add(e.getMessage() + "; because " + e.getCause());
      }
      tried += fuzz.tried();
    }
    return new Outcome(tried, List.of(), wrong);
  }
}
