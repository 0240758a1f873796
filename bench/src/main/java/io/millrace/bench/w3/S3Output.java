package io.millrace.bench.w3;

import io.millrace.bench.race.LineDigest;
import io.millrace.bench.race.Output;
import io.millrace.bench.race.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The objects of one engine, fetched into a folder and read there. */
final class S3Output implements Output {
  /** S3Proxy's in-memory store lists an object under such a name while it takes it in. */
  private static final Pattern HALF_TAKEN =
      Pattern.compile(".*-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  private final S3Client client;
  private final String prefix;
  private final Path folder;
  private final ParquetOutput fetched;
  private final Set<String> seen = new HashSet<>();

  /** Deleted once they are read, as the server has it all in memory. */
  private final List<String> unread = new ArrayList<>();

  S3Output(Place place) throws IOException {
    client = S3Store.client(place);
    prefix = place.output() + "/";
    folder = Files.createDirectories(place.folder().resolve("fetched"));
    fetched = new ParquetOutput(folder);
  }

  @Override
  public long committed() throws IOException {
    try {
      for (S3Object object :
          client
              .listObjectsV2Paginator(list -> list.bucket(S3Store.BUCKET).prefix(prefix))
              .contents()) {
        if (isCommitted(object.key()) && seen.add(object.key())) {
          fetch(object.key());
        }
      }
    } catch (SdkException e) {
      throw new IOException(
          "Failed to fetch the objects under " + prefix + ": " + e.getMessage(), e);
    }
    return fetched.committed();
  }

  /** Files, and Spark's log of them. */
  private boolean isCommitted(String key) {
    String name = key.substring(prefix.length());
    return !name.endsWith("/")
        && !HALF_TAKEN.matcher(name).matches()
        && (ParquetOutput.isSparkLog(name) || !name.startsWith("_") && !name.startsWith("."));
  }

  private void fetch(String key) throws IOException {
    String name = key.substring(prefix.length());
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Path hidden = file.resolveSibling("." + file.getFileName());
    client.getObject(get -> get.bucket(S3Store.BUCKET).key(key), hidden);
    Files.move(hidden, file);
    if (!ParquetOutput.isSparkLog(name)) {
      unread.add(key);
    }
  }

  @Override
  public void read(LineDigest digest) throws IOException {
    fetched.read(digest);
    for (String key : unread) {
      client.deleteObject(delete -> delete.bucket(S3Store.BUCKET).key(key));
    }
    unread.clear();
  }

  @Override
  public void close() throws IOException {
    fetched.close();
    client.close();
  }
}
