package io.millrace.sink.s3;

import io.millrace.sink.files.ObjectPath;
import io.millrace.testserver.s3.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import software.amazon.awssdk.services.s3.S3Client;

/** A new bucket of a test server, looked at by Amazon's own client. */
record Bucket(S3Server server, S3Client client, String name, Path secret) implements AutoCloseable {
  static Bucket make(S3Server server, Path folder) throws IOException {
    S3Client client = server.client();
    String name = "bucket-" + UUID.randomUUID();
    client.createBucket(r -> r.bucket(name));
    Path secret = Files.writeString(folder.resolve("secret"), S3Server.SECRET_ACCESS_KEY);
    return new Bucket(server, client, name, secret);
  }

  Map<String, String> options() {
    return new HashMap<>(
        Map.of(
            "path",
            "s3://" + name + "/some/where",
            "endpoint",
            server.endpoint().toString(),
            "path-style",
            "on",
            "access-key-id",
            S3Server.ACCESS_KEY_ID,
            "secret-access-key",
            "${file:" + secret + "}"));
  }

  S3Place place() {
    return new S3Place(ObjectPath.parse("s3", options().get("path")), options());
  }

  /** All objects of the sink's prefix, by key below it. */
  Map<String, byte[]> objects() {
    Map<String, byte[]> objects = new TreeMap<>();
    client
        .listObjectsV2Paginator(r -> r.bucket(name).prefix("some/where/"))
        .contents()
        .forEach(
            o ->
                objects.put(
                    o.key().substring("some/where/".length()),
                    client.getObjectAsBytes(r -> r.bucket(name).key(o.key())).asByteArray()));
    return objects;
  }

  @Override
  public void close() {
    client.close();
  }
}
