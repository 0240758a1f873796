package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.cli.ShellRunner;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A whole server for each test, and what it answers. */
abstract class SourceTrial {
  static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path data;
  SingleProcess server;
  ShellRunner shell;

  @BeforeEach
  void startServer() {
    server = TestServer.start(data);
    shell = new ShellRunner(server.url().orElseThrow());
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  final String csv(String sql) {
    return shell.command("sql", "--output", "csv", "-e", sql).replace("\r", "");
  }

  final void eventually(String sql, String expected) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(csv(sql)).as(() -> csv("SHOW SOURCES")).isEqualTo(expected));
  }
}
