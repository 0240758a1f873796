package io.millrace.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A JVM that answers one line for each line it is sent, and ends at the end of its input, so that
 * none outlives this process. What it prints beside its answers goes to a file. Used by one thread.
 */
public final class Child implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final String name;
  private final Path log;
  private final Process process;
  private final BufferedReader answers;
  private final Writer orders;

  private Child(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
    this.answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.orders = process.outputWriter(StandardCharsets.UTF_8);
  }

  /** Starts {@code main} under these options of the JVM; it is ready once it has answered. */
  public static Child start(
      String name,
      Path folder,
      List<String> options,
      String classPath,
      String main,
      List<String> arguments)
      throws IOException {
    Path log = folder.resolve(name + ".log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add("-Dmillrace.logs=" + folder.resolve(name + "-logs"));
    command.add(main);
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
    // A class path is longer than some systems let an argument be.
    builder.environment().put("CLASSPATH", classPath);
    return new Child(name, log, builder.start());
  }

  /** The {@code key=value} words of its next answer. */
  public Map<String, String> answer() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("Failed to run " + name + ": it ended" + lastWords());
    }
    Map<String, String> values = new HashMap<>();
    // A server prints "http.port 8080".
    String[] words = line.strip().split(" ");
    if (words.length == 2 && !line.contains("=")) {
      return Map.of(words[0], words[1]);
    }
    for (String word : words) {
      int at = word.indexOf('=');
      values.put(at < 0 ? word : word.substring(0, at), at < 0 ? "" : word.substring(at + 1));
    }
    return values;
  }

  /** Sends one line and waits for its answer. */
  public Map<String, String> ask(String line) throws IOException {
    orders.write(line + "\n");
    orders.flush();
    return answer();
  }

  /** What the process wrote last, for an error's message. */
  public String lastWords() throws IOException {
    List<String> lines = new ArrayList<>();
    for (Path file : List.of(log, log.resolveSibling(name + "-logs/millrace.log"))) {
      lines.addAll(Files.exists(file) ? Files.readAllLines(file) : List.of());
    }
    return lines.isEmpty()
        ? ""
        : ":\n" + String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** CPU time of all its threads since it began, the kernel's work for it included. */
  public Duration cpu() {
    return process
        .info()
        .totalCpuDuration()
        .orElseThrow(() -> new IllegalStateException("Cannot read the CPU time of " + name));
  }

  public long pid() {
    return process.pid();
  }

  /** Asks the process to end, as a service manager would; {@link #close()} then waits for it. */
  public void terminate() {
    process.destroy();
  }

  @Override
  public void close() throws IOException {
    orders.close();
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
