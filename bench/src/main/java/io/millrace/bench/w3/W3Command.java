package io.millrace.bench.w3;

import io.millrace.bench.race.RaceCommand;
import picocli.CommandLine.Command;

/** {@code millrace bench W3}. */
@Command(
    name = "W3",
    description =
        "An Avro topic of 17 columns becomes Parquet files, exactly once: by Millrace, plain Flink"
            + " SQL, Spark Structured Streaming and a bare loop, each in its own process on one"
            + " broker.",
    mixinStandardHelpOptions = true)
public final class W3Command extends RaceCommand {
  /** Made by picocli. */
  public W3Command() {
    super(new W3());
  }
}
