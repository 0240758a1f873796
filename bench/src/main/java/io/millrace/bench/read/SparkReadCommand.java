package io.millrace.bench.read;

import io.millrace.bench.BrokerProcess;
import io.millrace.bench.Child;
import io.millrace.bench.Folders;
import io.millrace.bench.SparkJvm;
import io.millrace.bench.race.BareRow;
import io.millrace.bench.race.EngineJvm;
import io.millrace.bench.race.Feed;
import io.millrace.bench.race.LineDigest;
import io.millrace.bench.race.LogTable;
import io.millrace.bench.race.Place;
import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.log.Retention;
import io.millrace.log.TopicSpec;
import io.millrace.registry.Contracts;
import io.millrace.registry.RegistrySettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace bench spark}. */
@Command(
    name = "spark",
    description =
        "Spark reads an Avro topic of 17 columns, by Millrace's source and by its own 'kafka'"
            + " source with from_avro, in one session; results are compared first.",
    mixinStandardHelpOptions = true)
public final class SparkReadCommand implements Callable<Integer> {
  private static final String TOPIC = "web_logs";
  private static final List<String> SOURCES = List.of("millrace", "kafka");
  private static final List<String> READS = List.of("all", "two");
  private static final List<String> JVM = List.of("-Xmx2g", "-XX:+UseG1GC");

  /** After one pass the JVM still compiles. */
  private static final int WARM_UPS = 2;

  @Option(
      names = "--rows",
      defaultValue = "1000000",
      paramLabel = "N",
      description = "Rows of the topic (default: ${DEFAULT-VALUE}).")
  private long rows;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      paramLabel = "N",
      description = "Measured passes of each source (default: ${DEFAULT-VALUE}).")
  private int rounds;

  /** One pass over all rows. */
  private record Pass(String source, String read, Duration time, Duration cpu) {}

  @Override
  public Integer call() throws IOException {
    Path folder = Files.createTempDirectory("millrace-bench");
    try (Child broker =
        Child.start(
            "broker",
            folder,
            JVM,
            System.getProperty("java.class.path"),
            BrokerProcess.class.getName(),
            List.of(Files.createDirectories(folder.resolve("kafka")).toString()))) {
      Map<String, String> places = broker.answer();
      fill(places.get("kafka"), places.get("registry"));
      EngineJvm jvm =
          SparkJvm.find("spark-read.classpath", "io.millrace.bench.sparkread.SparkRead");
      List<String> options = new ArrayList<>(JVM);
      options.addAll(jvm.options());
      try (Child spark =
          Child.start(
              "spark",
              folder,
              options,
              jvm.classPath(),
              jvm.main(),
              List.of(
                  places.get("kafka"),
                  places.get("registry"),
                  TOPIC,
                  folder.resolve("local").toString()))) {
        spark.answer();
        print(measure(spark));
      }
      return 0;
    } catch (IOException e) {
      System.err.println("error: " + e.getMessage());
      return 1;
    } finally {
      Folders.delete(folder);
    }
  }

  private void fill(String kafka, String registry) {
    System.err.printf("Writing %,d rows ...%n", rows);
    try (LogClient log = LogClient.connect(new LogSettings(kafka, Map.of()));
        Contracts contracts = new Contracts(RegistrySettings.of(registry))) {
      log.create(TopicSpec.of(TOPIC, Place.PARTITIONS, new Retention.Forever()));
      Schema schema = new Schema.Parser().parse(LogTable.contract());
      BareRow row = new BareRow(contracts.register(TOPIC + "-value", schema));
      try (Feed feed = new Feed(kafka, TOPIC, row::encode)) {
        feed.write(1, rows, new LineDigest());
        feed.show();
      }
    }
  }

  private List<Pass> measure(Child spark) throws IOException {
    Map<String, String> own = spark.ask("millrace compare");
    Map<String, String> peer = spark.ask("kafka compare");
    if (!own.equals(peer) || Long.parseLong(own.getOrDefault("rows", "0")) != rows) {
      throw new IOException("Invalid result: millrace reads " + own + ", kafka reads " + peer);
    }
    System.err.printf("Both read the same %,d rows.%n", rows);
    List<Pass> passes = new ArrayList<>();
    for (int round = 1 - WARM_UPS; round <= rounds; round++) {
      for (String read : READS) {
        for (String source : SOURCES) {
          Pass pass = pass(spark, source, read);
          System.err.printf(
              "%-8s %-9s %-4s %6.2f CPU-seconds per million rows%n",
              round < 1 ? "warm-up" : "round " + round, source, read, cpuPerMillion(pass));
          if (round > 0) {
            passes.add(pass);
          }
        }
      }
    }
    return passes;
  }

  private Pass pass(Child spark, String source, String read) throws IOException {
    Duration cpu = spark.cpu();
    long begun = System.nanoTime();
    if (!spark.ask(source + " " + read).containsKey("done")) {
      throw new IOException("Failed to read by " + source + spark.lastWords());
    }
    return new Pass(
        source, read, Duration.ofNanos(System.nanoTime() - begun), spark.cpu().minus(cpu));
  }

  private double cpuPerMillion(Pass pass) {
    return pass.cpu().toNanos() / 1e9 / rows * 1e6;
  }

  private double rowsPerSecond(Pass pass) {
    return rows / (pass.time().toNanos() / 1e9);
  }

  private void print(List<Pass> passes) {
    System.out.printf(
        "%nspark: %,d rows, %d passes each; both sources give the same rows.%n%n", rows, rounds);
    System.out.printf(
        "%-4s %-9s %12s %22s %9s   %s%n",
        "read", "source", "rows/s", "CPU-s per million rows", "against", "all passes");
    System.out.printf(
        "%-4s %-9s %12s %22s %9s   %s%n",
        "", "", "median", "median", "millrace", "CPU-s per million rows");
    for (String read : READS) {
      double own = median(of(passes, "millrace", read), this::cpuPerMillion);
      for (String source : SOURCES) {
        List<Pass> some = of(passes, source, read);
        System.out.printf(
            "%-4s %-9s %,12.0f %22.2f %8.2fx   %s%n",
            read,
            source,
            median(some, this::rowsPerSecond),
            median(some, this::cpuPerMillion),
            median(some, this::cpuPerMillion) / own,
            some.stream()
                .map(pass -> String.format("%.2f", cpuPerMillion(pass)))
                .collect(Collectors.joining(" ")));
      }
    }
  }

  private static List<Pass> of(List<Pass> passes, String source, String read) {
    return passes.stream().filter(p -> p.source().equals(source) && p.read().equals(read)).toList();
  }

  private static double median(List<Pass> passes, ToDoubleFunction<Pass> figure) {
    double[] sorted = passes.stream().mapToDouble(figure).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
