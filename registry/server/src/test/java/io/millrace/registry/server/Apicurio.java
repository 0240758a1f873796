package io.millrace.registry.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Apicurio Registry as a process of its own, which keeps everything in memory. The build unpacks
 * its distribution before the integration tests.
 */
final class Apicurio implements AutoCloseable {
  private final Process process;
  private final Path log;
  private final String url;

  private Apicurio(Process process, Path log, String url) {
    this.process = process;
    this.log = log;
    this.url = url;
  }

  /** Starts the process and returns at once. */
  static Apicurio start(Path folder) throws IOException {
    Path home = Path.of("target", "apicurio").toAbsolutePath();
    assertThat(home).as("unpacked by mvn verify, which has to be online once").isDirectory();
    Path jar;
    try (Stream<Path> files = Files.list(home)) {
      jar = files.filter(f -> f.toString().endsWith("-runner.jar")).findFirst().orElseThrow();
    }
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Path log = folder.resolve("apicurio.log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-Dquarkus.http.host=127.0.0.1",
                "-Dquarkus.http.port=" + port,
                "-jar",
                jar.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    return new Apicurio(process, log, "http://127.0.0.1:" + port + "/apis/ccompat/v7");
  }

  /** Where its Confluent-compatible API is. */
  String url() {
    return url;
  }

  void awaitReady() {
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest probe = HttpRequest.newBuilder(URI.create(url + "/subjects")).build();
    await()
        .atMost(Duration.ofMinutes(2))
        .ignoreExceptionsInstanceOf(IOException.class)
        .failFast("it ended, see " + log, () -> !process.isAlive())
        .until(() -> client.send(probe, BodyHandlers.ofString()).statusCode() == 200);
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
