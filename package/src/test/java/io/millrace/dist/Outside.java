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
  private CommitGate gate;
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

  /** Where clients find Kafka. */
  String bootstrap() {
    return "127.0.0.1:" + (gate == null ? kafkaPort : gate.port());
  }

  /** Clients go through a gate from now on; before Kafka is started. */
  CommitGate putGate() throws IOException {
    gate = new CommitGate(kafkaPort);
    return gate;
  }

  String registryUrl() {
    return "http://127.0.0.1:" + registryPort;
  }

  void startKafka() throws IOException {
    List<String> arguments =
        new ArrayList<>(List.of(folder.resolve("kafka").toString(), Integer.toString(kafkaPort)));
    if (gate != null) {
      arguments.add(Integer.toString(gate.port()));
    }
    kafka = start("kafka", arguments);
  }

  void startRegistry() throws IOException {
    registry = start("registry", List.of(bootstrap(), Integer.toString(registryPort)));
  }

  private ChildJvm start(String what, List<String> arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of(what));
    all.addAll(arguments);
    ChildJvm child =
        ChildJvm.start(
            folder.resolve(what + "-" + ++starts + ".out"),
            List.of(),
            Map.of(),
            OutsideMain.class,
            all);
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
    if (gate != null) {
      gate.close();
    }
  }
}
