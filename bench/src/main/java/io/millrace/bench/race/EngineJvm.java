package io.millrace.bench.race;

import java.util.List;

/**
 * The JVM of one engine. Its main class is called with the class and the name of the engine, Kafka,
 * registry, input, output, its own folder and the store; it answers {@code ready} once it runs and
 * ends at the end of its input.
 *
 * @param options beside those of all engines
 */
public record EngineJvm(String main, String classPath, List<String> options) {
  /** On the class path of this process. */
  static EngineJvm here() {
    return new EngineJvm(
        EngineProcess.class.getName(), System.getProperty("java.class.path"), List.of());
  }
}
