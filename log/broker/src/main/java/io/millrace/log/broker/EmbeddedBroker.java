package io.millrace.log.broker;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Kafka broker and its controller (KRaft) inside this process, persistent under one folder. A
 * folder belongs to one broker at a time; it may be started again on other ports, also after its
 * process was killed. Topics live until they are deleted: retention is a setting of each topic.
 * Thread-safe.
 */
public final class EmbeddedBroker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);
  private static final int NODE = 1;
  private static final int ATTEMPTS = 5;
  private static final String LOCK = "broker.lock";

  /** Folders of running brokers: locks of files are the process's own, not an object's. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final String host;
  private final int port;
  private final KafkaRaftServer server;
  private final FileChannel lock;
  private final Path folder;
  private boolean closed;

  private EmbeddedBroker(
      String host, int port, KafkaRaftServer server, FileChannel lock, Path folder) {
    this.host = host;
    this.port = port;
    this.server = server;
    this.lock = lock;
    this.folder = folder;
  }

  /**
   * Starts the broker and returns when clients can use it. DATA_FOLDER_IN_USE where another broker
   * runs on the folder, PORT_IN_USE where the port is taken.
   */
  public static EmbeddedBroker start(BrokerSettings settings) {
    Path folder = create(settings.folder());
    FileChannel lock = lock(folder);
    try {
      format(folder);
      InetAddress address = address(settings.host());
      if (settings.port() != 0) {
        requireFree(address, settings.port());
      }
      for (int attempt = 1; ; attempt++) {
        int port = settings.port() == 0 ? freePort(address) : settings.port();
        try {
          return new EmbeddedBroker(settings.host(), port, run(settings, port), lock, folder);
        } catch (PortTakenException e) {
          // A port found free was taken before Kafka had bound it: look for other ones.
          if (attempt == ATTEMPTS) {
            throw portInUse(port, e);
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      release(lock, folder);
      throw e instanceof MillraceException known ? known : failed(e);
    }
  }

  /**
   * Calls {@code last} before a broker of this process ends the process: Kafka does so where it can
   * no longer write its records, and says so in its log alone. For the main of a process.
   */
  public static void beforeHalt(Runnable last) {
    Exit.setHaltProcedure(
        (status, message) -> {
          try {
            last.run();
          } finally {
            Runtime.getRuntime().halt(status);
          }
        });
  }

  /** Where clients on this machine find the broker: {@code host:port}. */
  public String bootstrap() {
    return (isEverywhere(host) ? BrokerSettings.LOOPBACK : bracketed(host)) + ":" + port;
  }

  /** The port it listens on; the chosen one where 0 was asked for. */
  public int port() {
    return port;
  }

  /** Stops cleanly: everything acknowledged is on disk and the next start need not recover. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      server.shutdown();
      server.awaitShutdown();
    } finally {
      release(lock, folder);
    }
  }

  private static KafkaRaftServer run(BrokerSettings settings, int port)
      throws IOException, PortTakenException {
    int controllerPort = freePort(address(BrokerSettings.LOOPBACK));
    KafkaRaftServer server = null;
    try {
      server =
          new KafkaRaftServer(
              KafkaConfig.fromProps(properties(settings, port, controllerPort)), Time.SYSTEM);
      server.startup();
      return server;
    } catch (RuntimeException | Error e) {
      if (server != null) {
        stopHalfStarted(server, e);
      }
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof BindException) {
          throw new PortTakenException(e);
        }
      }
      throw e;
    }
  }

  private static void stopHalfStarted(KafkaRaftServer server, Throwable failure) {
    try {
      server.shutdown();
      server.awaitShutdown();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private static Properties properties(BrokerSettings settings, int port, int controllerPort) {
    String controller = BrokerSettings.LOOPBACK + ":" + controllerPort;
    Properties p = new Properties();
    p.setProperty("process.roles", "broker,controller");
    p.setProperty("node.id", Integer.toString(NODE));
    // A static voter is known by its id alone, so its port may change from start to start.
    p.setProperty("controller.quorum.voters", NODE + "@" + controller);
    p.setProperty("controller.listener.names", "CONTROLLER");
    p.setProperty("inter.broker.listener.name", "PLAINTEXT");
    p.setProperty("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    p.setProperty(
        "listeners",
        "PLAINTEXT://"
            // Without a host, Kafka listens everywhere and tells clients this machine's name.
            + (isEverywhere(settings.host()) ? "" : bracketed(settings.host()))
            + ":"
            + port
            + ",CONTROLLER://"
            + controller);
    p.setProperty("log.dirs", settings.folder().toAbsolutePath().toString());
    p.setProperty("auto.create.topics.enable", "false");

    // One node: internal topics need no copies, and few partitions start and stop faster.
    p.setProperty("default.replication.factor", "1");
    p.setProperty("min.insync.replicas", "1");
    p.setProperty("offsets.topic.replication.factor", "1");
    p.setProperty("offsets.topic.num.partitions", "1");
    p.setProperty("transaction.state.log.replication.factor", "1");
    p.setProperty("transaction.state.log.min.isr", "1");
    p.setProperty("transaction.state.log.num.partitions", "1");
    p.setProperty("share.coordinator.state.topic.replication.factor", "1");
    p.setProperty("share.coordinator.state.topic.min.isr", "1");
    p.setProperty("share.coordinator.state.topic.num.partitions", "1");
    p.setProperty("group.initial.rebalance.delay.ms", "0");

    // After a kill the controller must forget the old registration before it takes the new one.
    p.setProperty("broker.session.timeout.ms", "2000");
    p.setProperty("broker.heartbeat.interval.ms", "500");

    // A query that stands still for days must still be able to commit what it has written.
    p.setProperty("transaction.max.timeout.ms", Long.toString(Duration.ofDays(7).toMillis()));
    // Record timestamps are event times: past and future ones are as good as any.
    p.setProperty("log.message.timestamp.after.max.ms", Long.toString(Long.MAX_VALUE));
    p.setProperty("log.message.timestamp.before.max.ms", Long.toString(Long.MAX_VALUE));
    p.setProperty("log.retention.ms", "-1");
    p.setProperty("log.retention.check.interval.ms", "10000");
    p.setProperty("log.initial.task.delay.ms", "10000");
    p.setProperty("log.segment.delete.delay.ms", "1000");
    p.setProperty("log.cleaner.dedupe.buffer.size", Integer.toString(20_000_000));
    p.setProperty("message.max.bytes", Integer.toString(8 << 20));

    p.setProperty("num.network.threads", "2");
    p.setProperty("num.io.threads", "4");
    p.setProperty("background.threads", "2");
    settings.extra().forEach(p::setProperty);
    return p;
  }

  private static void format(Path folder) {
    if (Files.exists(folder.resolve("meta.properties"))) {
      return;
    }
    try {
      new Formatter()
          .setPrintStream(new PrintStream(OutputStream.nullOutputStream()))
          .setClusterId(Uuid.randomUuid().toString())
          .setNodeId(NODE)
          .setReleaseVersion(MetadataVersion.latestProduction())
          .setUnstableFeatureVersionsEnabled(false)
          .setControllerListenerName("CONTROLLER")
          .setMetadataLogDirectory(folder.toAbsolutePath().toString())
          .addDirectory(folder.toAbsolutePath().toString())
          .setIgnoreFormatted(true)
          .run();
    } catch (Exception e) {
      throw failed(e);
    }
  }

  /**
   * Kafka has a lock of its own, but takes it when its controller has already written to the
   * folder.
   */
  private static FileChannel lock(Path folder) {
    // The system drops a process's lock when that process closes any other handle of the file, so
    // a second broker in this process must not even open it.
    if (HELD.add(folder)) {
      FileChannel channel = null;
      try {
        channel =
            FileChannel.open(
                folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (channel.tryLock() != null) {
          return channel;
        }
        release(channel, folder);
      } catch (IOException e) {
        release(channel, folder);
        throw unusable(folder, e);
      }
    }
    throw new MillraceException(
            ErrorCode.DATA_FOLDER_IN_USE,
            "Cannot start the embedded broker: another one runs on " + folder)
        .hint("Stop the other server, or name another folder by 'data'.");
  }

  private static Path create(Path folder) {
    try {
      return Files.createDirectories(folder).toRealPath();
    } catch (IOException e) {
      throw unusable(folder, e);
    }
  }

  private static MillraceException unusable(Path folder, IOException cause) {
    return new MillraceException(
            ErrorCode.INVALID_OPTION, "Cannot use data folder " + folder + ": " + cause, cause)
        .hint("Name a folder that can be written to by 'data'.");
  }

  private static void release(FileChannel lock, Path folder) {
    try {
      if (lock != null) {
        lock.close();
      }
    } catch (IOException e) {
      LOG.warn("Failed to release the lock of the data folder", e);
    } finally {
      HELD.remove(folder);
    }
  }

  private static InetAddress address(String host) throws UnknownHostException {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw notOurs(host, e);
    }
  }

  private static void requireFree(InetAddress address, int port) throws IOException {
    try {
      probe(address, port);
    } catch (BindException e) {
      freePort(address); // says so if it is the address that is wrong
      throw portInUse(port, e);
    }
  }

  private static int freePort(InetAddress address) throws IOException {
    try {
      return probe(address, 0);
    } catch (BindException e) {
      throw notOurs(address.getHostAddress(), e);
    }
  }

  private static int probe(InetAddress address, int port) throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(address, port));
      return socket.getLocalPort();
    }
  }

  private static boolean isEverywhere(String host) {
    return host.equals("0.0.0.0") || host.equals("::");
  }

  private static String bracketed(String host) {
    return host.indexOf(':') < 0 ? host : "[" + host + "]";
  }

  private static MillraceException portInUse(int port, Exception cause) {
    return new MillraceException(
            ErrorCode.PORT_IN_USE,
            "Cannot start the embedded broker: port " + port + " is taken (kafka.port)",
            cause)
        .hint("Set kafka.port to another port, or to 0 for any free one.");
  }

  private static MillraceException notOurs(String host, Exception cause) {
    return new MillraceException(
            ErrorCode.INVALID_OPTION,
            "Cannot start the embedded broker: " + host + " is not an address of this machine",
            cause)
        .hint("Listen on 127.0.0.1, 0.0.0.0 or an address of one of its networks.");
  }

  private static MillraceException failed(Exception cause) {
    return new MillraceException(
        ErrorCode.KAFKA_UNAVAILABLE, "Failed to start the embedded broker: " + cause, cause);
  }

  private static final class PortTakenException extends Exception {
    private static final long serialVersionUID = 1L;

    PortTakenException(Throwable cause) {
      super(cause);
    }
  }
}
