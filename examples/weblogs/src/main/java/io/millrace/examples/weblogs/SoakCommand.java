package io.millrace.examples.weblogs;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code millrace soak}: trials by seed, each compared with a truth worked out apart. A seed that
 * fails prints the command that repeats it and keeps its folder.
 */
@Command(
    name = "soak",
    description = "Tries the warehouse hard, seed by seed, and compares every row with the truth.",
    mixinStandardHelpOptions = true)
public final class SoakCommand implements Callable<Integer> {
  private static final int DIFFERENCES_SHOWN = 20;

  @Parameters(paramLabel = "SUITE", description = "What to try; see below.")
  private String suite;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "1",
      description = "How many seeds to run (default: 1).")
  private int seeds;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "The first seed; the others follow it (default: 1).")
  private long first;

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "Rows of a seed; without it what is usual for the suite.")
  private Integer rows;

  @Spec private CommandSpec spec;

  private final Map<String, Suite> suites = new LinkedHashMap<>();

  private final PrintStream out;

  SoakCommand(List<Suite> suites, PrintStream out) {
    this.out = out;
    suites.forEach(one -> this.suites.put(one.name(), one));
  }

  /** The entry point of {@code millrace soak}. */
  public static void main(String[] arguments) {
    // Servers of trials that are cut off must not go on.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly),
                "end-servers"));
    System.exit(
        new SoakCommand(
                List.of(
                    new CrashSuite(),
                    new CatchUpSuite(),
                    new FuzzSuite(),
                    new SnowflakeSuite(),
                    new ChangesSuite(),
                    new HistorySuite(),
                    new ExpirySuite(),
                    new PostgresCdcSuite(),
                    new MariaDbCdcSuite(),
                    new FilesSuite(),
                    new SparkSuite()),
                System.out)
            .commandLine()
            .execute(arguments));
  }

  CommandLine commandLine() {
    CommandLine line = new CommandLine(this).setCommandName("millrace soak");
    line.getCommandSpec()
        .usageMessage()
        .footer(
            suites.values().stream()
                .map(one -> String.format("  %-11s %s", one.name(), one.description()))
                .toArray(String[]::new))
        .footerHeading("Suites:%n");
    return line;
  }

  @Override
  public Integer call() throws IOException {
    Suite chosen = suites.get(suite);
    if (chosen == null) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "No such suite: " + suite + "; there are " + suites.keySet());
    }
    int size = rows == null ? chosen.usualRows() : rows;
    Path folder = Files.createTempDirectory("millrace-soak");
    Map<String, Integer> events = new TreeMap<>();
    long total = 0;
    int failed = 0;
    for (long seed = first; seed < first + seeds; seed++) {
      Outcome outcome = run(chosen, seed, size, folder.resolve("seed-" + seed));
      total += outcome.rows();
      failed += outcome.wrong().isEmpty() ? 0 : 1;
      outcome.events().forEach(event -> events.merge(event, 1, Integer::sum));
    }
    out.printf(
        "%s: %d seeds (%d to %d), %,d %ss; %s%n",
        chosen.name(),
        seeds,
        first,
        first + seeds - 1,
        total,
        chosen.unit(),
        failed == 0 ? "every " + chosen.unit() + " is accounted for." : failed + " SEEDS FAILED.");
    events.forEach((event, times) -> out.printf("  %5d x %s%n", times, event));
    if (failed == 0) {
      Folders.delete(folder);
    }
    return failed == 0 ? 0 : 1;
  }

  private Outcome run(Suite suite, long seed, int rows, Path folder) throws IOException {
    Files.createDirectories(folder);
    long begun = System.nanoTime();
    Outcome outcome;
    try {
      outcome = suite.run(seed, rows, folder);
    } catch (Exception e) {
      e.printStackTrace(out);
      outcome = new Outcome(0, List.of(), List.of("the trial came to no end: " + e));
    }
    out.printf(
        "seed %d: %,d %ss, %.0f s%s%n",
        seed,
        outcome.rows(),
        suite.unit(),
        (System.nanoTime() - begun) / 1e9,
        outcome.events().stream().map(event -> ", " + event).collect(Collectors.joining()));
    if (outcome.wrong().isEmpty()) {
      Folders.delete(folder);
      return outcome;
    }
    outcome.wrong().stream()
        .limit(DIFFERENCES_SHOWN)
        .forEach(line -> out.println("  WRONG: " + line));
    if (outcome.wrong().size() > DIFFERENCES_SHOWN) {
      out.println("  and " + (outcome.wrong().size() - DIFFERENCES_SHOWN) + " more");
    }
    out.printf(
        "  repeat: ./millrace soak %s --seed %d --rows %d%n  kept: %s%n",
        suite.name(), seed, rows, folder);
    return outcome;
  }
}
