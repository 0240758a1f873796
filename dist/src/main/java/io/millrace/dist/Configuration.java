package io.millrace.dist;

import io.millrace.engine.EngineSettings;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.server.ServerSettings;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * The settings of a server: {@code millrace.properties}, then {@code MILLRACE_*} variables, then
 * {@code --set key=value}; later ones win. Immutable.
 */
public final class Configuration {
  public static final Setting<String> DATA =
      Setting.text("data", "./millrace-data", "The folder that holds everything embedded.");
  public static final Setting<Long> MIN_FREE =
      Setting.bytes(
          "data.min-free", "128 MB", "Free space of the disk below which no more rows are taken.");
  public static final Setting<String> KAFKA =
      Setting.text("kafka", null, "Kafka's bootstrap servers; the embedded broker unless set.");
  public static final Setting<String> REGISTRY =
      Setting.text("registry", null, "The schema registry's URL; the embedded one unless set.");
  public static final Setting<String> REGISTRY_USER =
      Setting.text("registry.user", null, "user:password for the registry.");
  public static final Setting<String> REGISTRY_TOKEN =
      Setting.text("registry.token", null, "Bearer token for the registry.");
  public static final Setting<String> FLINK =
      Setting.text("flink", null, "host:port of a Flink cluster's REST; embedded unless set.");
  public static final Setting<String> HOST =
      Setting.text("host", "127.0.0.1", "The address that embedded parts listen on.");
  public static final Setting<Integer> KAFKA_PORT =
      Setting.integer("kafka.port", "9092", "The embedded broker's port; 0 is any free port.");
  public static final Setting<Integer> REGISTRY_PORT =
      Setting.integer("registry.port", "8081", "The embedded registry's port; 0 is any.");
  public static final Setting<Duration> CHECKPOINT_INTERVAL =
      Setting.duration(
          "checkpoint.interval", "200 ms", "How often a query commits what it has written.");
  public static final Setting<Integer> PARALLELISM =
      Setting.integer("flow.parallelism", "2", "Parallel tasks of a query's operators.");
  public static final Setting<Integer> SLOTS =
      Setting.integer("flow.slots", "128", "Tasks that the embedded Flink runs at once.");
  public static final Setting<Long> ROCKSDB_MEMORY =
      Setting.bytes(
          "flow.rocksdb.memory",
          "256 MB",
          "Memory outside the heap for all state of the embedded Flink that is kept on disk.");
  public static final Setting<Duration> TRANSACTION_TIMEOUT =
      Setting.duration(
          "transaction.timeout",
          null,
          "After how long the brokers abort a query's open transaction; unless set, as long as they"
              + " allow, which is 7 days when embedded.");
  public static final Setting<Duration> HEARTBEAT =
      Setting.duration("marks.heartbeat", "200 ms", "How often a quiet partition gets a mark.");
  public static final Setting<Long> SERVING_MEMORY =
      Setting.bytes("serving.memory-limit", "512 MB", "Memory that DuckDB may use.");
  public static final Setting<Duration> SERVING_WINDOW =
      Setting.duration("serving.window", "7 days", "How far back a stream is served.");
  public static final Setting<Long> SERVING_SIZE =
      Setting.bytes("serving.max-size", "4 GB", "How much of a stream is served at most.");

  private static final String PREFIX = "MILLRACE_";
  private static final String CLIENT_PREFIX = "kafka.client.";

  private final Settings settings;

  private Configuration(Settings settings) {
    this.settings = settings;
  }

  /** Every setting of a server, as the reference page lists them. */
  public static List<Setting<?>> known() {
    List<Setting<?>> known =
        new ArrayList<>(
            List.of(
                DATA,
                MIN_FREE,
                KAFKA,
                REGISTRY,
                REGISTRY_USER,
                REGISTRY_TOKEN,
                FLINK,
                HOST,
                KAFKA_PORT,
                REGISTRY_PORT,
                CHECKPOINT_INTERVAL,
                PARALLELISM,
                SLOTS,
                ROCKSDB_MEMORY,
                TRANSACTION_TIMEOUT,
                HEARTBEAT,
                SERVING_MEMORY,
                SERVING_WINDOW,
                SERVING_SIZE));
    known.addAll(ServerSettings.known());
    known.addAll(EngineSettings.known());
    return known;
  }

  /** Throws INVALID_OPTION for an unknown key or an unreadable value. */
  public static Configuration load(
      Path file, Map<String, String> environment, Map<String, String> set) {
    Map<String, String> values = new TreeMap<>();
    if (Files.exists(file)) {
      Properties properties = new Properties();
      try (Reader reader = Files.newBufferedReader(file)) {
        properties.load(reader);
      } catch (IOException e) {
        throw new MillraceException(
            ErrorCode.INVALID_OPTION, "Cannot read settings: " + file + ": " + e.getMessage(), e);
      }
      properties.stringPropertyNames().forEach(k -> values.put(k, properties.getProperty(k)));
    }
    Map<String, String> byVariable = new TreeMap<>();
    known().forEach(s -> byVariable.put(variable(s.key()), s.key()));
    environment.forEach(
        (name, value) -> {
          if (name.startsWith(PREFIX) && byVariable.containsKey(name)) {
            values.put(byVariable.get(name), value);
          }
        });
    values.putAll(set);
    return new Configuration(
        Settings.of(
            "the server",
            values,
            known(),
            key -> key.startsWith(CLIENT_PREFIX) ? key.substring(CLIENT_PREFIX.length()) : null));
  }

  /** {@code checkpoint.interval} is {@code MILLRACE_CHECKPOINT_INTERVAL}. */
  static String variable(String key) {
    return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  public Settings settings() {
    return settings;
  }

  public Path data() {
    return Path.of(settings.get(DATA)).toAbsolutePath().normalize();
  }

  /** Properties for every Kafka client, such as those of a secured cluster. */
  public Map<String, String> clientProperties() {
    Map<String, String> properties = new TreeMap<>();
    settings
        .asWritten()
        .forEach(
            (key, value) -> {
              if (key.startsWith(CLIENT_PREFIX)) {
                properties.put(key.substring(CLIENT_PREFIX.length()), value);
              }
            });
    return properties;
  }
}
