package io.millrace.bench.w1;

import java.nio.file.Path;
import java.util.Map;

/**
 * Where an engine reads, writes and keeps its files, and the settings that are equal for all.
 *
 * @param kafka bootstrap servers
 * @param registry URL of the schema registry
 * @param input topic of lines
 * @param output topic of rows
 * @param folder the engine's own
 */
record Place(String kafka, String registry, String input, String output, Path folder) {
  static final int PARTITIONS = 4;
  static final int PARALLELISM = 2;
  static final int COMMIT_INTERVAL_MS = 200;

  /** Producer settings, those that Millrace's own writers have. */
  static final Map<String, String> PRODUCER =
      Map.of("acks", "all", "batch.size", "131072", "linger.ms", "50", "compression.type", "none");

  /** Consumer settings, those that Millrace's own readers have. */
  static final Map<String, String> CONSUMER =
      Map.of("max.poll.records", "1000", "fetch.max.wait.ms", "250");
}
