package io.millrace.testserver.search;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.opensearch.common.settings.Settings;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.node.NodeValidationException;
import org.opensearch.transport.Netty4Plugin;

/** The node in a process of its own: {@code FOLDER PORT}. Prints {@code ready} when it answers. */
public final class OpenSearchMain {
  private OpenSearchMain() {}

  private static final class OneNode extends Node {
    OneNode(Settings settings) {
      super(
          InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "millrace"),
          List.of(Netty4Plugin.class),
          false);
    }
  }

  /** Runs until it is killed. */
  public static void main(String[] arguments) throws NodeValidationException, InterruptedException {
    OneNode node =
        new OneNode(
            Settings.builder()
                .put("path.home", Path.of(arguments[0]).toString())
                .put("cluster.name", "millrace-test")
                .put("discovery.type", "single-node")
                .put("network.host", "127.0.0.1")
                .put("http.port", arguments[1])
                .put("transport.port", "0")
                .put("http.type", "netty4")
                .put("transport.type", "netty4")
                // A disk that is nearly full is none of its business here.
                .put("cluster.routing.allocation.disk.threshold_enabled", false)
                .build());
    node.start();
    System.out.println("ready");
    new CountDownLatch(1).await();
  }
}
