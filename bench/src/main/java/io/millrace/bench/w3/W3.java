package io.millrace.bench.w3;

import io.millrace.bench.race.BareRow;
import io.millrace.bench.race.Engine;
import io.millrace.bench.race.LogTable;
import io.millrace.bench.race.Output;
import io.millrace.bench.race.Place;
import io.millrace.bench.race.Workload;
import io.millrace.log.LogClient;
import io.millrace.registry.Contracts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.avro.Schema;

/** From a topic of typed rows to a folder of Parquet files. */
final class W3 implements Workload {
  static final int COMMIT_INTERVAL_MS = 2000;

  @Override
  public String name() {
    return "W3";
  }

  @Override
  public List<? extends Engine> engines() {
    return List.of(W3Engine.values());
  }

  /** Where an engine's files go. */
  static Path files(Place place) {
    return place.folder().resolve(place.output());
  }

  @Override
  public Output prepare(Place place, LogClient log, Contracts contracts) throws IOException {
    return new ParquetOutput(Files.createDirectories(files(place)));
  }

  @Override
  public UnaryOperator<byte[]> records(Place place, Contracts contracts) {
    Schema schema = new Schema.Parser().parse(LogTable.contract());
    return new BareRow(contracts.register(place.input() + "-value", schema))::encode;
  }
}
