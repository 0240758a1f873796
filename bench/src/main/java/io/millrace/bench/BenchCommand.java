package io.millrace.bench;

import io.millrace.bench.history.HistoryBenchCommand;
import io.millrace.bench.read.SparkReadCommand;
import io.millrace.bench.start.StartBenchCommand;
import io.millrace.bench.w1.W1Command;
import io.millrace.bench.w3.W3Command;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code millrace bench}: the benchmarks whose figures the reference shows. */
@Command(
    name = "bench",
    description = "Measures Millrace, beside other engines where there are any.",
    mixinStandardHelpOptions = true,
    subcommands = {
      W1Command.class,
      W3Command.class,
      SparkReadCommand.class,
      HistoryBenchCommand.class,
      StartBenchCommand.class
    })
public final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  /** The entry point of {@code millrace bench}. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** The command with its workloads; their names are read without case. */
  public static CommandLine commandLine() {
    return new CommandLine(new BenchCommand())
        .setCommandName("millrace bench")
        .setSubcommandsCaseInsensitive(true);
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(System.err);
    return CommandLine.ExitCode.USAGE;
  }
}
