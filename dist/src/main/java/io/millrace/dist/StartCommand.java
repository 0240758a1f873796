package io.millrace.dist;

import io.millrace.log.DiskSpace;
import io.millrace.log.broker.EmbeddedBroker;
import io.millrace.model.MillraceException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace start}: runs the server until it is told to stop. */
@Command(
    name = "start",
    description = "Starts the server; Kafka, registry and Flink are embedded unless set.",
    mixinStandardHelpOptions = true)
public final class StartCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "millrace.properties",
      description = "Settings file (default: ${DEFAULT-VALUE}).")
  private Path config;

  @Option(names = "--data", paramLabel = "DIR", description = "The data folder.")
  private String data;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "One setting; may be repeated, and wins over file and environment.")
  private Map<String, String> set = new LinkedHashMap<>();

  /** The entry point of {@code millrace start}. */
  public static void main(String[] arguments) {
    int code = 1;
    Thread.setDefaultUncaughtExceptionHandler(StartCommand::tellEnd);
    try {
      code =
          new CommandLine(new StartCommand()).setCommandName("millrace start").execute(arguments);
    } catch (Error e) {
      // Threads of the parts that run already would keep the process alive.
      tellEnd(Thread.currentThread(), e);
    }
    System.exit(code);
  }

  /**
   * Of a thread. One that ended for want of memory would be missed: a part that answers no more.
   */
  private static void tellEnd(Thread thread, Throwable why) {
    if (why instanceof OutOfMemoryError) {
      HeapWatch.halt();
    }
    System.err.print("Exception in thread \"" + thread.getName() + "\" ");
    why.printStackTrace();
  }

  private static void tellHalt(Path data) {
    boolean full = DiskSpace.isFull(data);
    System.err.println(
        full
            ? "error: DISK_FULL: Cannot go on: no space is left in " + data
            : "error: Cannot go on: the embedded Kafka cannot write to " + data);
    System.err.println(
        full
            ? "hint: Free some space and start again: nothing that was acknowledged is lost."
            : "hint: " + data.resolve("logs") + " tells why.");
  }

  @Override
  public Integer call() throws InterruptedException {
    long begun = System.nanoTime();
    if (data != null) {
      set.put(Configuration.DATA.key(), data);
    }
    SingleProcess process;
    try {
      Configuration configuration = Configuration.load(config, System.getenv(), set);
      System.setProperty("millrace.logs", configuration.data().resolve("logs").toString());
      EmbeddedBroker.beforeHalt(() -> tellHalt(configuration.data()));
      process = SingleProcess.start(configuration);
    } catch (MillraceException e) {
      System.err.println("error: " + e.getMessage());
      e.hint().ifPresent(hint -> System.err.println("hint: " + hint));
      return 1;
    }
    process.ports().forEach((door, port) -> System.out.println(door + " " + port));
    System.out.printf("ready in %.1f s%n", (System.nanoTime() - begun) / 1e9);
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  process.close();
                  stopped.countDown();
                },
                "stop"));
    stopped.await();
    return 0;
  }
}
