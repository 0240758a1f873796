package io.millrace.bench.race;

import java.io.IOException;
import java.util.Locale;

/** One engine of a workload: a constant of the enum that lists them in the report's order. */
public interface Engine {
  /** The constant's name. */
  String name();

  /** The process that runs it. */
  default EngineJvm jvm() throws IOException {
    return EngineJvm.here();
  }

  /**
   * Starts to fill the output from the input's beginning, until closed; called in the process of
   * {@link EngineProcess}.
   */
  AutoCloseable start(Place place) throws Exception;

  /** How the report calls it. */
  default String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
