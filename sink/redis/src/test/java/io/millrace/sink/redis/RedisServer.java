package io.millrace.sink.redis;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** A redis-server of its own, in memory alone, that asks for a password. */
final class RedisServer implements AutoCloseable {
  static final String PASSWORD = "let-me-in";

  private final Path folder;
  private final int port;
  private Process process;

  RedisServer(Path folder) throws IOException {
    this.folder = folder;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Files.writeString(passwordFile(), PASSWORD);
    start();
  }

  /** Whether the program is there; {@code .ci/setup} installs it. */
  static boolean isInstalled() {
    for (String path : System.getenv("PATH").split(":")) {
      if (Path.of(path, "redis-server").toFile().canExecute()) {
        return true;
      }
    }
    return false;
  }

  /** Empty, as it keeps nothing over a stop. */
  void start() throws IOException {
    process =
        new ProcessBuilder(
                List.of(
                    "redis-server",
                    "--port",
                    String.valueOf(port),
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                    "--appendonly",
                    "no",
                    "--requirepass",
                    PASSWORD,
                    "--dir",
                    folder.toString()))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("redis.log").toFile())
            .start();
    Awaitility.await()
        .ignoreException(JedisConnectionException.class)
        .until(
            () -> {
              try (Jedis client = client()) {
                return client.ping().equals("PONG");
              }
            });
  }

  void stop() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }

  String url() {
    return "redis://127.0.0.1:" + port;
  }

  Path passwordFile() {
    return folder.resolve("password");
  }

  /** To be closed. */
  Jedis client() {
    Jedis client = new Jedis("127.0.0.1", port);
    client.auth(PASSWORD);
    return client;
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }
}
