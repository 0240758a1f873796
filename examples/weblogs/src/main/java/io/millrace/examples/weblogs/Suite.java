package io.millrace.examples.weblogs;

import java.nio.file.Path;

/** One kind of long trial of {@code millrace soak}; the next one is a line in its list. */
interface Suite {
  /** How the command names it. */
  String name();

  /** What it tries, in a few words. */
  String description();

  /** What is counted, such as row; the plural takes an s. */
  default String unit() {
    return "row";
  }

  /** The rows of a seed, unless the command says another number. */
  int usualRows();

  /** Every other seed tries state on disk. */
  static String stateBackend(long seed) {
    return seed % 2 == 0 ? "rocksdb" : "hashmap";
  }

  /**
   * One trial. The same seed draws the same inputs and the same instants of failure; what the
   * machine does between them is its own affair. Throws where the trial could not be brought to its
   * end, which fails the seed too.
   *
   * @param folder empty, for everything that is written; kept where the seed fails
   */
  Outcome run(long seed, int rows, Path folder) throws Exception;
}
