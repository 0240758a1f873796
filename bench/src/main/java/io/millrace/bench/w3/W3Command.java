package io.millrace.bench.w3;

import io.millrace.bench.race.RaceCommand;
import io.millrace.bench.race.Workload;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace bench W3}. */
@Command(
    name = "W3",
    description =
        "An Avro topic of 17 columns becomes Parquet files, exactly once: by Millrace, plain Flink"
            + " SQL, Spark Structured Streaming and a bare loop, each in its own process on one"
            + " broker.",
    mixinStandardHelpOptions = true)
public final class W3Command extends RaceCommand {
  /** Where the files go. */
  enum Into {
    files(new W3Files()),
    s3(new W3S3()),
    snowflake(new W3Snowflake());

    private final Workload workload;

    Into(Workload workload) {
      this.workload = workload;
    }
  }

  @Option(
      names = "--into",
      defaultValue = "files",
      paramLabel = "PLACE",
      description =
          "files: a folder. s3: a bucket of S3Proxy. snowflake: a table of Snowflake's stand-in,"
              + " beside a bare loop that only writes such files. The CPU of such a server, in a"
              + " process of its own, is nobody's (default: ${DEFAULT-VALUE}).")
  private Into into;

  @Override
  protected Workload workload() {
    return into.workload;
  }
}
