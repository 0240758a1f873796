package io.millrace.testserver.search;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A real OpenSearch of one node in a process of its own, without a login. Killed and started again
 * it keeps its port and its documents. Used by one thread.
 */
public final class SearchServer implements AutoCloseable {
  private static final Duration STARTING = Duration.ofMinutes(2);

  private final Path folder;
  private final int port;
  private Process process;
  private int starts;

  private SearchServer(Path folder) throws IOException {
    this.folder = folder;
    try (ServerSocket socket = new ServerSocket(0)) {
      this.port = socket.getLocalPort();
    }
  }

  /** On a free port; its data and what it prints go into the folder. */
  public static SearchServer start(Path folder) throws IOException, InterruptedException {
    SearchServer server = new SearchServer(Files.createDirectories(folder));
    server.restart();
    return server;
  }

  public int port() {
    return port;
  }

  public String url() {
    return "http://127.0.0.1:" + port;
  }

  /** Starts it after {@link #kill} and waits until it answers. */
  public void restart() throws IOException, InterruptedException {
    Path out = folder.resolve("out-" + ++starts);
    process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx512m",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    classPath(),
                    OpenSearchMain.class.getName(),
                    folder.toString(),
                    String.valueOf(port)))
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    long deadline = System.nanoTime() + STARTING.toNanos();
    while (!Files.readString(out).contains("ready")) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        kill();
        throw new IllegalStateException("OpenSearch did not start: " + Files.readString(out));
      }
      Thread.sleep(20);
    }
  }

  /** What Maven resolved for this module, which no other needs on its class path. */
  private static String classPath() throws IOException {
    try (InputStream in = SearchServer.class.getResourceAsStream("classpath.txt")) {
      Path own =
          Path.of(SearchServer.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return own + ":" + new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** kill -9. */
  public void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(STARTING.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("OpenSearch does not die");
    }
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
