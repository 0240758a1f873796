package io.millrace.bench.race;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import one.profiler.AsyncProfiler;

/** The process of one engine. */
public final class EngineProcess {
  private EngineProcess() {}

  /**
   * Arguments: class and name of the engine, Kafka, registry, input, output, folder, store. Answers
   * {@code ready} once it runs; then each line of its input is a command of the profiler, until the
   * input ends.
   */
  public static void main(String[] arguments) throws Exception {
    Engine engine = engine(Class.forName(arguments[0]), arguments[1]);
    Place place =
        new Place(
            arguments[2],
            arguments[3],
            arguments[4],
            arguments[5],
            Path.of(arguments[6]),
            arguments[7]);
    try (AutoCloseable running = engine.start(place)) {
      System.out.println("ready");
      profileAsAsked();
    } catch (Exception e) {
      e.printStackTrace();
      // What has started would keep the process, and whoever waits for its answer, for ever.
      Runtime.getRuntime().halt(1);
    }
    System.exit(0);
  }

  private static Engine engine(Class<?> type, String name) {
    return Stream.of(type.getEnumConstants())
        .map(Engine.class::cast)
        .filter(engine -> engine.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static void profileAsAsked() throws IOException {
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      AsyncProfiler.getInstance().execute(order);
      System.out.println("done");
    }
  }
}
