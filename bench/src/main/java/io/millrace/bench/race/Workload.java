package io.millrace.bench.race;

import io.millrace.log.LogClient;
import io.millrace.registry.Contracts;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** What every engine of a race has to do. Stateless. */
public interface Workload {
  /** Its name in the report, which also begins the names of its topics. */
  String name();

  /** In the order of the report; Millrace is first. */
  List<? extends Engine> engines();

  /**
   * The main class of a server that the engines write into, run for the race in a process whose CPU
   * counts for nobody: it is called with a folder, answers {@code store=URL} and runs until its
   * input ends. Empty where they need none.
   */
  default Optional<Class<?>> store() {
    return Optional.empty();
  }

  /** Makes what this engine writes into, before it starts; the feed's input exists. */
  Output prepare(Engine engine, Place place, LogClient log, Contracts contracts) throws IOException;

  /** From a line's bytes to the value of the record that the engines read. */
  UnaryOperator<byte[]> records(Place place, Contracts contracts);
}
