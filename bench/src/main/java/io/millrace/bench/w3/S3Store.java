package io.millrace.bench.w3;

import io.millrace.bench.race.Place;
import io.millrace.testserver.s3.S3Server;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import software.amazon.awssdk.services.s3.S3Client;

/** The process of S3Proxy, with one bucket; it checks the signature of every request. */
final class S3Store {
  static final String BUCKET = "bench";
  private static final String ACCESS_KEY_ID = "access-key-id";
  private static final String SECRET = "secret-access-key";

  private S3Store() {}

  /**
   * Arguments: the folder, which gets the credentials. Answers {@code store=URL} and runs until its
   * input ends.
   */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    // Spark's process does not have the class that knows them.
    Files.writeString(folder.resolve(ACCESS_KEY_ID), S3Server.ACCESS_KEY_ID);
    Files.writeString(folder.resolve(SECRET), S3Server.SECRET_ACCESS_KEY);
    try (S3Server server = S3Server.start();
        S3Client client = server.client()) {
      client.createBucket(bucket -> bucket.bucket(BUCKET));
      System.out.println("store=" + server.endpoint());
      while (System.in.read() >= 0) {
        // Nothing is asked of it.
      }
    }
    System.exit(0);
  }

  static Path secretFile(Place place) {
    return W3.ofStore(place, SECRET);
  }

  /** To be closed. */
  static S3Client client(Place place) {
    return S3Server.client(URI.create(place.store()));
  }
}
