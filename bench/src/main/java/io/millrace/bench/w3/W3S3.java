package io.millrace.bench.w3;

import io.millrace.bench.race.Engine;
import io.millrace.bench.race.Output;
import io.millrace.bench.race.Place;
import io.millrace.log.LogClient;
import io.millrace.registry.Contracts;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Into a bucket. */
final class W3S3 extends W3 {
  @Override
  public String name() {
    return "W3-s3";
  }

  @Override
  public List<? extends Engine> engines() {
    return List.of(S3Engine.values());
  }

  @Override
  public Optional<Class<?>> store() {
    return Optional.of(S3Store.class);
  }

  @Override
  public Output prepare(Engine engine, Place place, LogClient log, Contracts contracts)
      throws IOException {
    return new S3Output(place);
  }
}
