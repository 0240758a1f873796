package io.millrace.bench.w1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import one.profiler.AsyncProfiler;

/** The process of one engine. */
public final class EngineProcess {
  private EngineProcess() {}

  /**
   * Arguments: engine, Kafka, registry, input, output, folder. Answers {@code ready} once it runs;
   * then each line of its input is a command of the profiler, until the input ends.
   */
  public static void main(String[] arguments) throws Exception {
    Engine engine = Engine.valueOf(arguments[0]);
    Place place =
        new Place(arguments[1], arguments[2], arguments[3], arguments[4], Path.of(arguments[5]));
    AutoCloseable running = engine.start(place);
    System.out.println("ready");
    profileAsAsked();
    running.close();
    System.exit(0);
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
