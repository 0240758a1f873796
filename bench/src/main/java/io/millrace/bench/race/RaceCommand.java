package io.millrace.bench.race;

import io.millrace.bench.Folders;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** The options and the report that the workloads have in common. */
public abstract class RaceCommand implements Callable<Integer> {
  @Option(
      names = "--rows",
      defaultValue = "1000000",
      paramLabel = "N",
      description = "Rows of each pass (default: ${DEFAULT-VALUE}).")
  private long rows;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      paramLabel = "N",
      description = "Measured passes of each engine (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--engines",
      split = ",",
      paramLabel = "NAME",
      description = "Only these, by their names in the report.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--flame-graph",
      paramLabel = "FILE",
      description = "Profile Millrace in one more pass into this page, and FILE.collapsed as text.")
  private Path flameGraph;

  @Option(names = "--json", description = "Print the medians as JSON and nothing else.")
  private boolean json;

  /** What is asked for; called once the options are set. */
  protected abstract Workload workload();

  @Override
  public final Integer call() throws IOException, InterruptedException {
    Workload workload = workload();
    List<Engine> engines = new ArrayList<>(workload.engines());
    Engine own = engines.get(0);
    if (!names.isEmpty()) {
      engines.removeIf(engine -> !names.contains(engine.label()));
    }
    if (engines.size() < names.size() || rows < 1 || rounds < 1) {
      System.err.println(
          "error: Invalid option: see millrace bench " + workload.name() + " --help");
      return 2;
    }
    if (flameGraph != null && !engines.contains(own)) {
      System.err.println("error: Cannot profile: millrace is not among the engines");
      return 2;
    }
    Path folder = Files.createTempDirectory("millrace-bench");
    try {
      Map<Engine, List<Measure>> measures =
          new Race(workload, engines, rows, rounds, folder, System.err::println).run(flameGraph);
      print(workload, measures, System.out);
      return 0;
    } catch (IOException e) {
      System.err.println("error: " + e.getMessage());
      return 1;
    } finally {
      Folders.delete(folder);
    }
  }

  private void print(Workload workload, Map<Engine, List<Measure>> measures, PrintStream out) {
    if (json) {
      out.println(
          measures.entrySet().stream()
              .map(e -> json(e.getKey(), e.getValue()))
              .collect(Collectors.joining(",\n ", "[", "]")));
      return;
    }
    out.printf(
        "%n%s: %,d rows a pass, %d passes each; every engine's rows are the generator's.%n%n",
        workload.name(), rows, rounds);
    out.printf(
        "%-9s %12s %22s %9s %9s   %s%n",
        "engine", "rows/s", "CPU-s per million rows", "of it", "against", "all passes");
    out.printf(
        "%-9s %12s %22s %9s %9s   %s%n",
        "", "median", "median", "broker", "millrace", "CPU-s per million rows");
    Engine first = workload.engines().get(0);
    double own =
        measures.containsKey(first)
            ? median(measures.get(first), Measure::cpuPerMillion)
            : Double.NaN;
    measures.forEach(
        (engine, passes) ->
            out.printf(
                "%-9s %,12.0f %22.2f %9.2f %8.2fx   %s%n",
                engine.label(),
                median(passes, Measure::rowsPerSecond),
                median(passes, Measure::cpuPerMillion),
                median(passes, Measure::brokerPerMillion),
                median(passes, Measure::cpuPerMillion) / own,
                passes.stream()
                    .map(pass -> String.format("%.2f", pass.cpuPerMillion()))
                    .collect(Collectors.joining(" "))));
  }

  private static String json(Engine engine, List<Measure> passes) {
    return String.format(
        Locale.ROOT,
        "{\"engine\": \"%s\", \"rows_per_second\": %.0f, \"cpu_seconds_per_million_rows\": %.3f}",
        engine.label(),
        median(passes, Measure::rowsPerSecond),
        median(passes, Measure::cpuPerMillion));
  }

  private static double median(List<Measure> passes, ToDoubleFunction<Measure> figure) {
    double[] sorted = passes.stream().mapToDouble(figure).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
