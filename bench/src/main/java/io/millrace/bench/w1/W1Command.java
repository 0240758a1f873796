package io.millrace.bench.w1;

import io.millrace.bench.race.RaceCommand;
import io.millrace.bench.race.Workload;
import picocli.CommandLine.Command;

/** {@code millrace bench W1}. */
@Command(
    name = "W1",
    description =
        "Raw log lines become 17 typed columns in an Avro topic, exactly once: by Millrace, plain"
            + " Flink SQL, Kafka Streams and a bare loop, each in its own process on one broker.",
    mixinStandardHelpOptions = true)
public final class W1Command extends RaceCommand {
  @Override
  protected Workload workload() {
    return new W1();
  }
}
