package io.millrace.dist;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A Kafka and a registry in processes of their own, each to be killed and started again. */
final class Outside implements AutoCloseable {
  private final Path folder;
  private final int kafkaPort = freePort();
  private final int registryPort = freePort();
  private ChildJvm kafka;
  private ChildJvm registry;
  private int starts;

  Outside(Path folder) {
    this.folder = folder;
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String bootstrap() {
    return "127.0.0.1:" + kafkaPort;
  }

  String registryUrl() {
    return "http://127.0.0.1:" + registryPort;
  }

  void startKafka() throws IOException {
    kafka = start("kafka", folder.resolve("kafka").toString(), kafkaPort);
  }

  void startRegistry() throws IOException {
    registry = start("registry", bootstrap(), registryPort);
  }

  private ChildJvm start(String what, String where, int port) throws IOException {
    ChildJvm child =
        ChildJvm.start(
            folder.resolve(what + "-" + ++starts + ".out"),
            List.of(),
            Map.of(),
            OutsideMain.class,
            List.of(what, where, Integer.toString(port)));
    child.awaitPrinted("ready");
    return child;
  }

  void killKafka() throws InterruptedException {
    kafka.kill();
  }

  void killRegistry() throws InterruptedException {
    registry.kill();
  }

  /** The settings of a server on both of them. */
  Map<String, String> settings(Path data) {
    return Map.of(
        "data", data.toString(), "http.port", "0", "kafka", bootstrap(), "registry", registryUrl());
  }

  @Override
  public void close() throws InterruptedException {
    for (ChildJvm child : new ArrayList<>(List.of(registry, kafka))) {
      child.close();
    }
  }
}
