package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.testserver.gcs.GcsServer;
import io.millrace.testserver.s3.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/** One stream into S3 and Cloud Storage at once; each in turn is away, refuses, or is slow. */
class ObjectSinksIT {
  private static final Duration SOON = Duration.ofSeconds(90);

  @TempDir Path folder;

  /** A store that can be told to fail, and the sink that writes there. */
  private record Store(String sink, Runnable stop, Runnable refuse, Runnable slow, Runnable mend) {}

  @Test
  void sinkWhoseStoreFailsHoldsNoOtherUpAndCatchesUpExactly() throws Exception {
    Path secret = Files.writeString(folder.resolve("secret"), S3Server.SECRET_ACCESS_KEY);
    try (S3Server s3 = S3Server.start();
        S3Client client = s3.client();
        GcsServer gcs = GcsServer.start();
        SingleProcess server = TestServer.start(folder.resolve("data"))) {
      client.createBucket(r -> r.bucket("lake"));
      gcs.createBucket("lake");
      Door door = new Door(server.url().orElseThrow());
      door.execute("CREATE STREAM events (n BIGINT, k STRING) WITH ('format' = 'json')");
      door.execute(
          "CREATE SINK in_s3 FROM events INTO s3 WITH ('trigger' = '1 second',"
              + " 'path' = 's3://lake/events', 'partition-by' = 'k', 'path-style' = 'on',"
              + " 'endpoint' = '"
              + s3.endpoint()
              + "', 'access-key-id' = '"
              + S3Server.ACCESS_KEY_ID
              + "', 'secret-access-key' = '${file:"
              + secret
              + "}')");
      door.execute(
          "CREATE SINK in_gcs FROM events INTO gcs WITH ('trigger' = '1 second',"
              + " 'path' = 'gs://lake/events', 'partition-by' = 'k', 'anonymous' = 'on',"
              + " 'endpoint' = '"
              + gcs.endpoint()
              + "')");
      List<Store> stores =
          List.of(
              new Store(
                  "in_s3",
                  s3::stop,
                  s3::restartRefusing,
                  () -> s3.restartSlow(Duration.ofMillis(300)),
                  s3::restart),
              new Store("in_gcs", gcs::stop, gcs::restartRefusing, gcs::restartSlow, gcs::restart));
      try (LogClient log = LogClient.connect(LogSettings.of(server.bootstrap()));
          Load load = new Load(log, "events", 500)) {
        for (int failing = 0; failing < stores.size(); failing++) {
          Store store = stores.get(failing);
          String other = stores.get(1 - failing).sink();
          awaitRows(other, load.sent() + 500, client, gcs);
          store.stop().run();
          awaitFailure(door, store.sink(), "no answer");
          awaitRows(other, load.sent() + 500, client, gcs);
          store.refuse().run();
          awaitFailure(door, store.sink(), "answers 403");
          awaitRows(other, load.sent() + 500, client, gcs);
          store.stop().run();
          store.slow().run();
          awaitRows(other, load.sent() + 500, client, gcs);
          store.stop().run();
          store.mend().run();
        }
        load.close();

        String expected =
            load.sent() + "," + load.sent() + "," + load.sent() * (load.sent() - 1) / 2;
        await()
            .atMost(SOON)
            .untilAsserted(
                () -> {
                  assertThat(fetched("in_s3", client, gcs)).isEqualTo(expected);
                  assertThat(fetched("in_gcs", client, gcs)).isEqualTo(expected);
                });
      }
    }
  }

  private static void awaitFailure(Door door, String sink, String words) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(door.shown("SHOW SINKS", sink).get("last_error")).contains(words));
  }

  private void awaitRows(String sink, long rows, S3Client s3, GcsServer gcs) {
    await()
        .atMost(SOON)
        .ignoreExceptionsInstanceOf(SQLException.class) // no file yet
        .until(() -> Long.parseLong(fetched(sink, s3, gcs).split(",")[0]) >= rows);
  }

  private String fetched(String sink, S3Client s3, GcsServer gcs) throws IOException, SQLException {
    Map<String, byte[]> objects =
        sink.equals("in_gcs") ? gcs.objects("lake", "events/") : objects(s3);
    Path copy = Files.createTempDirectory(folder, "copy");
    for (Map.Entry<String, byte[]> object : objects.entrySet()) {
      Path file = copy.resolve(object.getKey());
      Files.createDirectories(file.getParent());
      Files.write(file, object.getValue());
    }
    return sums(copy);
  }

  private static Map<String, byte[]> objects(S3Client client) {
    Map<String, byte[]> objects = new TreeMap<>();
    client
        .listObjectsV2Paginator(r -> r.bucket("lake").prefix("events/"))
        .contents()
        .forEach(
            object ->
                objects.put(
                    object.key(),
                    client
                        .getObjectAsBytes(r -> r.bucket("lake").key(object.key()))
                        .asByteArray()));
    return objects;
  }

  private static String sums(Path files) throws SQLException {
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT count(*), count(DISTINCT n), sum(n) FROM read_parquet('"
                    + files
                    + "/**/*.parquet', hive_partitioning = false)")) {
      row.next();
      return row.getString(1) + "," + row.getString(2) + "," + row.getString(3);
    }
  }
}
