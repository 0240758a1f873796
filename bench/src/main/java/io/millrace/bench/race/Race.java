package io.millrace.bench.race;

import io.millrace.bench.BrokerProcess;
import io.millrace.bench.Child;
import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.registry.Contracts;
import io.millrace.registry.RegistrySettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The run of a workload: one broker and every engine in a process of its own, all queries running.
 * Every engine warms up on two passes; then passes are interleaved, so that what else the machine
 * does meets all of them.
 */
final class Race {
  /** The same for every engine and the broker. */
  private static final List<String> JVM =
      List.of(
          "-Xmx1g",
          "-XX:+UseG1GC",
          "-XX:-OmitStackTraceInFastThrow",
          "--add-opens=java.base/java.nio=ALL-UNNAMED");

  /** After one pass the JVMs still compile. */
  private static final int WARM_UPS = 2;

  private final Workload workload;
  private final List<Engine> engines;
  private final long rows;
  private final int rounds;
  private final Path folder;
  private final Consumer<String> progress;

  /** {@code progress} is told a line about each step. */
  Race(
      Workload workload,
      List<Engine> engines,
      long rows,
      int rounds,
      Path folder,
      Consumer<String> progress) {
    this.workload = workload;
    this.engines = engines;
    this.rows = rows;
    this.rounds = rounds;
    this.folder = folder;
    this.progress = progress;
  }

  /** The passes of each engine; {@code profile} is null or gets a flame graph of Millrace. */
  Map<Engine, List<Measure>> run(Path profile) throws IOException, InterruptedException {
    try (Child broker =
            Child.start(
                "broker",
                folder,
                JVM,
                System.getProperty("java.class.path"),
                BrokerProcess.class.getName(),
                List.of(Files.createDirectories(folder.resolve("kafka")).toString()));
        Child store = store()) {
      Map<String, String> places = broker.answer();
      String storeUrl = store == null ? "" : store.answer().get("store");
      try (LogClient log = LogClient.connect(new LogSettings(places.get("kafka"), Map.of()));
          Contracts contracts = new Contracts(RegistrySettings.of(places.get("registry")))) {
        return run(broker, places.get("registry"), storeUrl, log, contracts, profile);
      }
    }
  }

  /** Null where the workload has none. */
  private Child store() throws IOException {
    return workload.store().isEmpty()
        ? null
        : Child.start(
            "store",
            folder,
            JVM,
            System.getProperty("java.class.path"),
            workload.store().orElseThrow().getName(),
            List.of(Files.createDirectories(folder.resolve("store")).toString()));
  }

  private Map<Engine, List<Measure>> run(
      Child broker, String registry, String store, LogClient log, Contracts contracts, Path profile)
      throws IOException, InterruptedException {
    progress.accept("Starting " + engines.size() + " engines ...");
    List<Contender> contenders = new ArrayList<>();
    try {
      for (Engine engine : engines) {
        contenders.add(
            Contender.start(
                workload, engine, broker, registry, store, log, contracts, JVM, folder));
      }
      Map<Engine, List<Measure>> measures = new LinkedHashMap<>();
      for (int round = 1 - WARM_UPS; round <= rounds; round++) {
        for (Contender contender : contenders) {
          Measure measure = contender.pass(round + WARM_UPS, rows);
          tell(round < 1 ? "warm-up" : "round " + round, contender, measure);
          if (round > 0) {
            measures.computeIfAbsent(contender.engine(), e -> new ArrayList<>()).add(measure);
          }
        }
      }
      if (profile != null) {
        profile(contenders.get(engines.indexOf(workload.engines().get(0))), profile);
      }
      return measures;
    } finally {
      for (Contender contender : contenders) {
        contender.close();
      }
    }
  }

  private void tell(String when, Contender contender, Measure measure) {
    progress.accept(
        String.format(
            "%-8s %-9s %,9.0f rows/s  %6.2f CPU-seconds per million rows (%.2f + broker %.2f)",
            when,
            contender.engine().label(),
            measure.rowsPerSecond(),
            measure.cpuPerMillion(),
            measure.enginePerMillion(),
            measure.brokerPerMillion()));
  }

  /** One more pass, under the profiler: every thread's CPU time, sampled each millisecond. */
  private void profile(Contender contender, Path file) throws IOException, InterruptedException {
    contender.process().ask("start,event=cpu,interval=1ms,threads");
    Measure measure = contender.pass(rounds + 1 + WARM_UPS, rows);
    contender.process().ask("stop");
    Path page = file.toAbsolutePath().normalize();
    contender
        .process()
        .ask(
            "dump,flamegraph,minwidth=0.2,title="
                + workload.name()
                + ": CPU of Millrace's process,file="
                + page);
    contender.process().ask("dump,collapsed,file=" + page + ".collapsed");
    tell("profiled", contender, measure);
  }
}
