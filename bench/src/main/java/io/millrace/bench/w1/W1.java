package io.millrace.bench.w1;

import io.millrace.bench.race.Engine;
import io.millrace.bench.race.Output;
import io.millrace.bench.race.Place;
import io.millrace.bench.race.Workload;
import io.millrace.log.LogClient;
import io.millrace.log.Retention;
import io.millrace.log.TopicSpec;
import io.millrace.registry.Contracts;
import java.util.List;
import java.util.function.UnaryOperator;

/** From a topic of lines to a topic of typed rows. */
final class W1 implements Workload {
  static final int COMMIT_INTERVAL_MS = 200;

  @Override
  public String name() {
    return "W1";
  }

  @Override
  public List<? extends Engine> engines() {
    return List.of(W1Engine.values());
  }

  @Override
  public Output prepare(Engine engine, Place place, LogClient log, Contracts contracts) {
    log.create(TopicSpec.of(place.output(), Place.PARTITIONS, new Retention.Forever()));
    return new TopicOutput(log, contracts, place.output());
  }

  @Override
  public UnaryOperator<byte[]> records(Place place, Contracts contracts) {
    return UnaryOperator.identity();
  }
}
