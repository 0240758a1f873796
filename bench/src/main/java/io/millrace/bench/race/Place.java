package io.millrace.bench.race;

import java.nio.file.Path;
import java.util.Map;

/**
 * Where an engine reads, writes and keeps its files, and the settings that are equal for all.
 *
 * @param kafka bootstrap servers
 * @param registry URL of the schema registry
 * @param input topic of lines
 * @param output topic or folder of rows
 * @param folder the engine's own
 * @param store URL of the server that the engine writes into; empty where it writes into Kafka or
 *     its folder
 */
public record Place(
    String kafka, String registry, String input, String output, Path folder, String store) {
  public static final int PARTITIONS = 4;
  public static final int PARALLELISM = 2;

  /** Producer settings, those that Millrace's own writers have. */
  public static final Map<String, String> PRODUCER =
      Map.of("acks", "all", "batch.size", "131072", "linger.ms", "50", "compression.type", "none");

  /** Consumer settings, those that Millrace's own readers have. */
  public static final Map<String, String> CONSUMER =
      Map.of("max.poll.records", "1000", "fetch.max.wait.ms", "250");
}
