package io.millrace.log.broker;

import java.nio.file.Path;
import java.util.Map;

/** A process that runs the embedded broker on a folder until it is killed. */
final class BrokerMain {
  private BrokerMain() {}

  public static void main(String[] arguments) throws InterruptedException {
    EmbeddedBroker broker =
        EmbeddedBroker.start(new BrokerSettings(Path.of(arguments[0]), 0, Map.of()));
    System.out.println("bootstrap=" + broker.bootstrap() + ";");
    Thread.currentThread().join();
  }
}
