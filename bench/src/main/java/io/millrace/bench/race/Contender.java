package io.millrace.bench.race;

import io.millrace.bench.Child;
import io.millrace.log.LogClient;
import io.millrace.log.Retention;
import io.millrace.log.TopicSpec;
import io.millrace.registry.Contracts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One engine in its process, with its topics: its query runs all the time, and each pass gives it
 * rows to work on. Used by one thread.
 */
final class Contender implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(20);
  private static final Duration QUIET = Duration.ofMillis(800);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long SLOWEST_ROWS_PER_SECOND = 4000;

  private final Engine engine;
  private final Child process;
  private final Child broker;
  private final Feed feed;
  private final Output output;

  private Contender(Engine engine, Child process, Child broker, Feed feed, Output output) {
    this.engine = engine;
    this.process = process;
    this.broker = broker;
    this.feed = feed;
    this.output = output;
  }

  /** Starts the engine on topics of its own and waits until it says that it runs. */
  static Contender start(
      Workload workload,
      Engine engine,
      Child broker,
      String registry,
      String store,
      LogClient log,
      Contracts contracts,
      List<String> options,
      Path folder)
      throws IOException {
    String kafka = log.settings().bootstrap();
    String prefix = workload.name().toLowerCase(Locale.ROOT) + "-" + engine.label();
    String input = prefix + "-lines";
    log.create(TopicSpec.of(input, Place.PARTITIONS, new Retention.Forever()));
    Path own = Files.createDirectories(folder.resolve(engine.label()));
    Place place = new Place(kafka, registry, input, prefix + "-rows", own, store);
    Output output = workload.prepare(engine, place, log, contracts);
    Feed feed = new Feed(kafka, input, workload.records(place, contracts));
    EngineJvm jvm = engine.jvm();
    List<String> allOptions = new ArrayList<>(options);
    allOptions.addAll(jvm.options());
    Child process =
        Child.start(
            engine.label(),
            folder,
            allOptions,
            jvm.classPath(),
            jvm.main(),
            List.of(
                ((Enum<?>) engine).getDeclaringClass().getName(),
                engine.name(),
                kafka,
                registry,
                input,
                place.output(),
                own.toString(),
                store));
    try {
      process.answer();
      return new Contender(engine, process, broker, feed, output);
    } catch (IOException | RuntimeException e) {
      process.close();
      throw e;
    }
  }

  Engine engine() {
    return engine;
  }

  Child process() {
    return process;
  }

  /** Lets the engine work on the lines of this seed; throws where its rows are not those. */
  Measure pass(long seed, long rows) throws IOException, InterruptedException {
    LineDigest truth = new LineDigest();
    LineDigest found = new LineDigest();
    feed.write(seed, rows, truth);
    Stand begin = stand(output.committed());
    feed.show();
    Stand last = begin;
    long deadline =
        begin.nanos + PATIENCE.toNanos() + rows / SLOWEST_ROWS_PER_SECOND * 1_000_000_000L;
    while (found.count() < rows) {
      last = settled(begin, last, rows, deadline);
      output.read(found);
    }
    if (!found.sameAs(truth)) {
      throw new IOException(
          "Invalid result of " + engine.label() + ": " + found + " instead of " + truth);
    }
    return new Measure(
        rows,
        Duration.ofNanos(last.nanos - begin.nanos),
        last.engineCpu.minus(begin.engineCpu),
        last.brokerCpu.minus(begin.brokerCpu));
  }

  /** What was spent by the time the output had got so far. */
  private record Stand(long committed, long nanos, Duration engineCpu, Duration brokerCpu) {}

  private Stand stand(long committed) {
    return new Stand(committed, System.nanoTime(), process.cpu(), broker.cpu());
  }

  /** The moment of the commit after which the output was quiet, with enough in it. */
  private Stand settled(Stand begin, Stand from, long rows, long deadline)
      throws IOException, InterruptedException {
    Stand last = from;
    do {
      Thread.sleep(LOOK.toMillis());
      long committed = output.committed();
      if (committed > last.committed) {
        last = stand(committed);
      }
      if (System.nanoTime() > deadline || !process.isAlive()) {
        throw new IOException(
            String.format(
                "Failed to run %s: it has committed %,d of %,d rows%s",
                engine.label(), last.committed - begin.committed, rows, process.lastWords()));
      }
    } while (last.committed - begin.committed < rows
        || System.nanoTime() - last.nanos < QUIET.toNanos());
    return last;
  }

  @Override
  public void close() throws IOException {
    feed.close();
    output.close();
    process.close();
  }
}
