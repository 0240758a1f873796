package io.millrace.dist;

import io.millrace.catalog.CatalogTopic;
import io.millrace.engine.Conductor;
import io.millrace.engine.EngineSettings;
import io.millrace.engine.Parts;
import io.millrace.flow.Flow;
import io.millrace.flow.FlowSettings;
import io.millrace.format.Formats;
import io.millrace.log.DiskSpace;
import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.log.broker.BrokerSettings;
import io.millrace.log.broker.EmbeddedBroker;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Settings;
import io.millrace.model.Units;
import io.millrace.registry.Contracts;
import io.millrace.registry.RegistrySettings;
import io.millrace.registry.server.RegistryHttp;
import io.millrace.registry.server.RegistryService;
import io.millrace.server.HttpServer;
import io.millrace.server.ServerSettings;
import io.millrace.serving.Serving;
import io.millrace.serving.ServingSettings;
import io.millrace.sink.SinkConnector;
import io.millrace.sink.files.ParquetConnector;
import io.millrace.sink.gcs.GcsConnector;
import io.millrace.sink.jdbc.JdbcConnector;
import io.millrace.sink.mongodb.MongoConnector;
import io.millrace.sink.redis.RedisConnector;
import io.millrace.sink.s3.S3Connector;
import io.millrace.sink.search.SearchConnector;
import io.millrace.sink.snowflake.SnowflakeConnector;
import io.millrace.source.RowsWriter;
import io.millrace.source.SourceConnector;
import io.millrace.source.cdc.MySqlConnector;
import io.millrace.source.cdc.PostgresConnector;
import io.millrace.source.extract.ExtractConnector;
import io.millrace.source.file.FileConnector;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole warehouse in one process: the parts list, wired in the order in which they need each
 * other and closed in reverse. Kafka, registry and Flink are embedded unless the settings name
 * outside ones.
 */
public final class SingleProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SingleProcess.class);

  /** What brokers allow that do not tell. */
  private static final Duration USUAL_TRANSACTION_TIMEOUT = Duration.ofMinutes(15);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final Map<String, Integer> ports = new LinkedHashMap<>();
  private Conductor conductor;
  private String bootstrap;
  private String registryUrl;

  private SingleProcess() {}

  /** Answers when every door answers; on failure what was started is closed again. */
  public static SingleProcess start(Configuration configuration) {
    SingleProcess process = new SingleProcess();
    try {
      process.wire(configuration);
      return process;
    } catch (RuntimeException e) {
      process.close();
      throw e;
    }
  }

  private void wire(Configuration configuration) {
    Settings settings = configuration.settings();
    DataFolder folder = opened(DataFolder.open(configuration.data()));
    boolean embedded = settings.find(Configuration.KAFKA).isEmpty();
    bootstrap = settings.find(Configuration.KAFKA).orElseGet(() -> startBroker(settings, folder));
    LogClient log = opened(connect(configuration, folder, embedded));
    registryUrl =
        settings.find(Configuration.REGISTRY).orElseGet(() -> startRegistry(settings, log));
    Contracts contracts =
        opened(
            new Contracts(
                new RegistrySettings(
                    registryUrl,
                    settings.find(Configuration.REGISTRY_USER),
                    settings.find(Configuration.REGISTRY_TOKEN),
                    Map.of())));
    contracts.requireAnswer();
    Formats formats = new Formats(contracts);
    CatalogTopic catalog = opened(CatalogTopic.open(log));
    List<SourceConnector> sources =
        List.of(
            new PostgresConnector(),
            new MySqlConnector(),
            new ExtractConnector(),
            new FileConnector(formats));
    List<SinkConnector> sinks =
        List.of(
            new ParquetConnector(),
            new S3Connector(),
            new GcsConnector(),
            new SnowflakeConnector(),
            new JdbcConnector(),
            new MongoConnector(),
            new RedisConnector(),
            new SearchConnector());
    Serving serving =
        opened(
            Serving.open(
                new ServingSettings(
                    folder.at("_millrace_serving.duckdb"),
                    settings.get(Configuration.SERVING_MEMORY),
                    settings.get(Configuration.SERVING_WINDOW),
                    settings.get(Configuration.SERVING_SIZE)),
                log,
                formats));
    Flow flow = opened(Flow.start(flowSettings(settings, folder, log), log, contracts, sinks));
    opened(HeapWatch.start(flow));
    RowsWriter rows = opened(new RowsWriter(log, contracts, formats, "millrace-rows"));
    conductor =
        opened(
            Conductor.start(
                new Parts(log, contracts, formats, catalog, flow, serving, rows, sources, sinks),
                EngineSettings.from(settings)));
    HttpServer http =
        opened(
            HttpServer.start(
                new ServerSettings(
                    settings.get(ServerSettings.HOST), settings.get(ServerSettings.PORT)),
                conductor));
    ports.put("http.port", http.port());
    folder.writePorts(ports);
  }

  private LogClient connect(Configuration configuration, DataFolder folder, boolean embedded) {
    DiskSpace disk =
        embedded
            ? DiskSpace.of(folder.path(), configuration.settings().get(Configuration.MIN_FREE))
            : DiskSpace.elsewhere();
    try {
      return LogClient.connect(new LogSettings(bootstrap, configuration.clientProperties()), disk);
    } catch (MillraceException e) {
      throw embedded || e.code() != ErrorCode.KAFKA_UNAVAILABLE
          ? e
          : e.hint("Start Kafka there, or correct the setting 'kafka' or 'kafka.client.*'.");
    }
  }

  private String startBroker(Settings settings, DataFolder folder) {
    DiskSpace.requireToStart(folder.path());
    EmbeddedBroker broker =
        opened(
            EmbeddedBroker.start(
                new BrokerSettings(
                    folder.at("kafka"),
                    settings.get(Configuration.HOST),
                    settings.get(Configuration.KAFKA_PORT),
                    Map.of())));
    ports.put("kafka.port", broker.port());
    return broker.bootstrap();
  }

  private String startRegistry(Settings settings, LogClient log) {
    RegistryService service = opened(RegistryService.start(log));
    RegistryHttp http =
        opened(
            RegistryHttp.start(
                service,
                settings.get(Configuration.HOST),
                settings.get(Configuration.REGISTRY_PORT)));
    ports.put("registry.port", http.port());
    return http.url();
  }

  /** As long as the cluster allows, unless told otherwise: an embedded one allows 7 days. */
  private static Duration transactionTimeout(Settings settings, LogClient log) {
    Optional<Duration> limit = log.transactionTimeoutLimit();
    Optional<Duration> wanted = settings.find(Configuration.TRANSACTION_TIMEOUT);
    if (wanted.isPresent() && limit.isPresent() && wanted.get().compareTo(limit.get()) > 0) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION,
              "Invalid value for '"
                  + Configuration.TRANSACTION_TIMEOUT.key()
                  + "': "
                  + Units.text(wanted.get())
                  + " is above the cluster's transaction.max.timeout.ms, "
                  + Units.text(limit.get()))
          .hint("Ask for less, or raise transaction.max.timeout.ms on the brokers.");
    }
    return wanted.or(() -> limit).orElse(USUAL_TRANSACTION_TIMEOUT);
  }

  private static FlowSettings flowSettings(Settings settings, DataFolder folder, LogClient log) {
    return new FlowSettings(
        folder.at("tmp"),
        folder.at("checkpoints"),
        settings.get(Configuration.CHECKPOINT_INTERVAL),
        settings.get(Configuration.PARALLELISM),
        settings.get(Configuration.SLOTS),
        settings.get(Configuration.ROCKSDB_MEMORY),
        settings.find(Configuration.FLINK),
        transactionTimeout(settings, log),
        settings.get(Configuration.HEARTBEAT));
  }

  private <T extends AutoCloseable> T opened(T part) {
    parts.push(part);
    return part;
  }

  public Conductor conductor() {
    return conductor;
  }

  /** The ports of the doors that this process opened, by their setting. */
  public Map<String, Integer> ports() {
    return Map.copyOf(ports);
  }

  public String bootstrap() {
    return bootstrap;
  }

  public String registryUrl() {
    return registryUrl;
  }

  public Optional<String> url() {
    return Optional.ofNullable(ports.get("http.port")).map(port -> "http://127.0.0.1:" + port);
  }

  /** Closes every part, the last opened first; one that fails does not keep the others open. */
  @Override
  public void close() {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        LOG.error("Failed to close {}", part.getClass().getSimpleName(), e);
      }
    }
  }
}
