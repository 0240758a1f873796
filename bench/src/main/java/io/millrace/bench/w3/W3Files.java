package io.millrace.bench.w3;

import io.millrace.bench.race.Engine;
import io.millrace.bench.race.Output;
import io.millrace.bench.race.Place;
import io.millrace.log.LogClient;
import io.millrace.registry.Contracts;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/** Into a folder. */
final class W3Files extends W3 {
  @Override
  public String name() {
    return "W3";
  }

  @Override
  public List<? extends Engine> engines() {
    return List.of(FilesEngine.values());
  }

  @Override
  public Output prepare(Engine engine, Place place, LogClient log, Contracts contracts)
      throws IOException {
    return new ParquetOutput(Files.createDirectories(files(place)));
  }
}
