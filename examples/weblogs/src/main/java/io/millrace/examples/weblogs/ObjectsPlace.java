package io.millrace.examples.weblogs;

import io.millrace.testserver.gcs.GcsServer;
import io.millrace.testserver.s3.S3Server;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.services.s3.S3Client;

/** A bucket of Parquet files, fetched and read by DuckDB. */
abstract class ObjectsPlace implements Destination {
  private static final String BUCKET = "lake";

  private final String title;
  private final String type;
  private final Network network;

  private ObjectsPlace(String title, String type, URI endpoint) throws IOException {
    this.title = title;
    this.type = type;
    this.network = Network.to(endpoint.toString());
  }

  /** S3Proxy, which checks signatures, with Amazon's client. */
  static ObjectsPlace s3(Path folder) throws IOException {
    Path secret = Files.writeString(folder.resolve("s3-secret"), S3Server.SECRET_ACCESS_KEY);
    S3Server server = S3Server.start();
    S3Client client = server.client();
    client.createBucket(r -> r.bucket(BUCKET));
    return new ObjectsPlace("S3", "s3", server.endpoint()) {
      @Override
      String options() {
        return "'path-style' = 'on', 'access-key-id' = '%s', 'secret-access-key' = '${file:%s}'"
            .formatted(S3Server.ACCESS_KEY_ID, secret);
      }

      @Override
      Map<String, byte[]> objects(String prefix) {
        Map<String, byte[]> objects = new TreeMap<>();
        client.listObjectsV2Paginator(r -> r.bucket(BUCKET).prefix(prefix)).contents().stream()
            .map(object -> object.key())
            .forEach(
                key ->
                    objects.put(
                        key.substring(prefix.length()),
                        client.getObjectAsBytes(r -> r.bucket(BUCKET).key(key)).asByteArray()));
        return objects;
      }

      @Override
      void stop() {
        client.close();
        server.close();
      }
    };
  }

  /** A server of Cloud Storage's JSON API. */
  static ObjectsPlace gcs() throws IOException {
    GcsServer server = GcsServer.start();
    server.createBucket(BUCKET);
    return new ObjectsPlace("Cloud Storage", "gcs", server.endpoint()) {
      @Override
      String options() {
        return "'anonymous' = 'on'";
      }

      @Override
      Map<String, byte[]> objects(String prefix) {
        return server.objects(BUCKET, prefix);
      }

      @Override
      void stop() {
        server.close();
      }
    };
  }

  /** How one logs in. */
  abstract String options();

  /** By the rest of their names. */
  abstract Map<String, byte[]> objects(String prefix);

  abstract void stop();

  @Override
  public String title() {
    return title;
  }

  @Override
  public String sink(String from) {
    return from + "_" + type;
  }

  @Override
  public String create(String from, String trigger) {
    return ("CREATE SINK %s FROM %s INTO %s WITH ('path' = '%s://%s/%s',"
            + " 'endpoint' = 'http://127.0.0.1:%d', %s, 'trigger' = '%s');")
        .formatted(
            sink(from),
            from,
            type,
            type.equals("gcs") ? "gs" : type,
            BUCKET,
            from,
            network.port(),
            options(),
            trigger);
  }

  @Override
  public Network network() {
    return network;
  }

  @Override
  public void read(String from, List<String> columns, Consumer<String> line)
      throws IOException, SQLException {
    Path copy = Files.createTempDirectory("millrace-objects");
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:")) {
      boolean any = false;
      for (Map.Entry<String, byte[]> object : objects(from + "/").entrySet()) {
        Path file = copy.resolve(object.getKey());
        Files.createDirectories(file.getParent());
        Files.write(file, object.getValue());
        any |= object.getKey().endsWith(".parquet");
      }
      if (any) {
        TextSql.read(
            duck,
            "SELECT "
                + TextSql.line(columns, UnaryOperator.identity())
                + " FROM read_parquet('"
                + copy
                + "/**/*.parquet', hive_partitioning = false)",
            line);
      }
    } finally {
      Folders.delete(copy);
    }
  }

  @Override
  public void close() throws IOException {
    network.close();
    stop();
  }
}
