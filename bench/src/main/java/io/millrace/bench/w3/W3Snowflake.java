package io.millrace.bench.w3;

import io.millrace.bench.race.Engine;
import io.millrace.bench.race.Output;
import io.millrace.bench.race.Place;
import io.millrace.log.LogClient;
import io.millrace.registry.Contracts;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;

/** Into a table of Snowflake's stand-in, beside a loop that only makes the same files. */
final class W3Snowflake extends W3 {
  @Override
  public String name() {
    return "W3-snowflake";
  }

  @Override
  public List<? extends Engine> engines() {
    return List.of(SnowflakeEngine.values());
  }

  @Override
  public Optional<Class<?>> store() {
    return Optional.of(SnowflakeStore.class);
  }

  @Override
  public Output prepare(Engine engine, Place place, LogClient log, Contracts contracts)
      throws IOException {
    return engine == SnowflakeEngine.BARE
        ? new ParquetOutput(Files.createDirectories(files(place)))
        : new SnowflakeOutput(place);
  }
}
