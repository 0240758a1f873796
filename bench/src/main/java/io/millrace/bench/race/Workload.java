package io.millrace.bench.race;

import io.millrace.log.LogClient;
import io.millrace.registry.Contracts;
import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;

/** What every engine of a race has to do. Stateless. */
public interface Workload {
  /** Its name in the report, which also begins the names of its topics. */
  String name();

  /** In the order of the report; Millrace is first. */
  List<? extends Engine> engines();

  /** Makes what an engine writes into, before it starts; the feed's input exists. */
  Output prepare(Place place, LogClient log, Contracts contracts) throws IOException;

  /** From a line's bytes to the value of the record that the engines read. */
  UnaryOperator<byte[]> records(Place place, Contracts contracts);
}
