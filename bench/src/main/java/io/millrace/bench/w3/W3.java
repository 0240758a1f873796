package io.millrace.bench.w3;

import io.millrace.bench.race.BareRow;
import io.millrace.bench.race.LogTable;
import io.millrace.bench.race.Place;
import io.millrace.bench.race.Workload;
import io.millrace.registry.Contracts;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.apache.avro.Schema;

/** From a topic of typed rows to Parquet files. */
abstract class W3 implements Workload {
  static final int COMMIT_INTERVAL_MS = 2000;

  /** Where an engine's files go, if they stay on this machine. */
  static Path files(Place place) {
    return place.folder().resolve(place.output());
  }

  /** What the store's process keeps for the engines. */
  static Path ofStore(Place place, String file) {
    return place.folder().resolveSibling("store").resolve(file);
  }

  @Override
  public final UnaryOperator<byte[]> records(Place place, Contracts contracts) {
    Schema schema = new Schema.Parser().parse(LogTable.contract());
    return new BareRow(contracts.register(place.input() + "-value", schema))::encode;
  }
}
