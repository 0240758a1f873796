package io.millrace.testserver.gcs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;

/**
 * The part of Cloud Storage's JSON API that a sink needs, with objects in memory: uploads in one
 * request and resumable ones, conditions on the generation, rewrite, paged lists. It asks for no
 * credentials. Stopped and started again it keeps its objects and its port; meanwhile it may answer
 * in other ways. Thread-safe.
 */
public final class GcsServer implements AutoCloseable {
  /** Chunks of an upload, but the last, are multiples of this ("Perform resumable uploads"). */
  private static final int CHUNK = 256 << 10;

  private static final Pattern OBJECT = Pattern.compile("/storage/v1/b/([^/]+)/o/([^/]+)");
  private static final Pattern OBJECTS = Pattern.compile("/storage/v1/b/([^/]+)/o");
  private static final Pattern UPLOAD = Pattern.compile("/(?:resumable/)?upload" + OBJECTS);
  private static final Pattern DOWNLOAD = Pattern.compile("/download" + OBJECT);
  private static final Pattern REWRITE = Pattern.compile(OBJECT + "/rewriteTo/b/([^/]+)/o/([^/]+)");
  private static final Pattern BYTES = Pattern.compile("bytes (?:(\\d+)-(\\d+)|\\*)/(\\d+|\\*)");
  private static final ObjectMapper JSON = new ObjectMapper();

  static {
    // Or the JDK's server lets each answer wait for the client's delayed acknowledgement, 40 ms.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  /** How the server answers. */
  private enum Mood {
    WELL,
    REFUSING,
    SLOW
  }

  private record Answer(int status, Map<String, String> headers, byte[] body) {}

  private final Buckets buckets = new Buckets();
  private int port;
  private HttpServer running;
  private ExecutorService threads;
  private volatile Mood mood = Mood.WELL;
  private volatile int mostListed = 1000;

  private GcsServer() {}

  /** On a free port. */
  public static GcsServer start() {
    GcsServer server = new GcsServer();
    server.restart();
    return server;
  }

  public synchronized URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  public void createBucket(String name) {
    buckets.create(name);
  }

  /** With all that is in it. */
  public void deleteBucket(String name) {
    buckets.remove(name);
  }

  /** As if the week of each resumable upload on its way were over ("Resumable uploads"). */
  public void endUploads() {
    buckets.cancelAll();
  }

  /** From now on at most so many objects on a page of a list. */
  public void limitPages(int objects) {
    mostListed = objects;
  }

  /** All objects of a bucket whose names begin so, by the rest of their names. */
  public Map<String, byte[]> objects(String bucket, String prefix) {
    Map<String, byte[]> objects = new java.util.TreeMap<>();
    for (StoredObject object : buckets.list(bucket, prefix, null, Integer.MAX_VALUE - 1)) {
      objects.put(object.name().substring(prefix.length()), object.bytes());
    }
    return objects;
  }

  /** Answers again after {@link #stop}, as at first. */
  public void restart() {
    restart(Mood.WELL);
  }

  /** After {@link #stop}: answers, but with 403. */
  public void restartRefusing() {
    restart(Mood.REFUSING);
  }

  /** After {@link #stop}: answers each call after a third of a second only. */
  public void restartSlow() {
    restart(Mood.SLOW);
  }

  private synchronized void restart(Mood wanted) {
    if (running != null) {
      throw new IllegalStateException("Cannot start the server: it runs already");
    }
    mood = wanted;
    try {
      running = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    port = running.getAddress().getPort();
    threads = Executors.newCachedThreadPool();
    running.setExecutor(threads);
    running.createContext("/", this::handle);
    running.start();
  }

  /** No request is answered any more. */
  public synchronized void stop() {
    if (running != null) {
      running.stop(0);
      threads.shutdownNow();
      running = null;
    }
  }

  @Override
  public void close() {
    stop();
  }

  // ---- requests -------------------------------------------------------------------------------

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      if ("gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"))) {
        body = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
      }
      Answer answer;
      try {
        answer = mooded(exchange, body);
      } catch (Failure e) {
        answer = error(e.status(), e.getMessage());
      }
      answer.headers().forEach(exchange.getResponseHeaders()::set);
      exchange.sendResponseHeaders(
          answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(answer.body());
      }
    }
  }

  private Answer mooded(HttpExchange exchange, byte[] body) throws IOException {
    if (mood == Mood.REFUSING) {
      throw new Failure(403, "The caller does not have permission.");
    }
    if (mood == Mood.SLOW) {
      java.util.concurrent.locks.LockSupport.parkNanos(300_000_000);
    }
    return route(exchange, body);
  }

  private Answer route(HttpExchange exchange, byte[] body) throws IOException {
    String method = exchange.getRequestMethod();
    String path = exchange.getRequestURI().getRawPath();
    Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
    Matcher match = UPLOAD.matcher(path);
    if (match.matches()) {
      return upload(exchange, decoded(match.group(1)), query, body);
    }
    match = REWRITE.matcher(path);
    if (match.matches() && method.equals("POST")) {
      return rewrite(match, query);
    }
    match = OBJECTS.matcher(path);
    if (match.matches() && method.equals("GET")) {
      return list(decoded(match.group(1)), query);
    }
    boolean download = DOWNLOAD.matcher(path).matches() || "media".equals(query.get("alt"));
    match = OBJECT.matcher(path.replaceFirst("^/download", ""));
    if (match.matches()) {
      String bucket = decoded(match.group(1));
      String name = decoded(match.group(2));
      switch (method) {
        case "GET":
          StoredObject object = buckets.get(bucket, name);
          return download
              ? new Answer(
                  200, Map.of("x-goog-generation", "" + object.generation()), object.bytes())
              : json(200, resource(bucket, object));
        case "DELETE":
          buckets.delete(bucket, name);
          return new Answer(204, Map.of(), new byte[0]);
        default:
          break;
      }
    }
    throw new Failure(501, "Not served here: " + method + " " + path);
  }

  private static Map<String, String> query(String raw) {
    Map<String, String> query = new HashMap<>();
    for (String pair : raw == null ? new String[0] : raw.split("&")) {
      int equals = pair.indexOf('=');
      query.put(
          decoded(equals < 0 ? pair : pair.substring(0, equals)),
          equals < 0 ? "" : decoded(pair.substring(equals + 1)));
    }
    return query;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static Optional<Long> generation(Map<String, String> query) {
    return Optional.ofNullable(query.get("ifGenerationMatch")).map(Long::valueOf);
  }

  private Answer upload(
      HttpExchange exchange, String bucket, Map<String, String> query, byte[] body)
      throws IOException {
    String id = query.get("upload_id");
    switch (exchange.getRequestMethod() + " " + query.get("uploadType")) {
      case "POST multipart":
        return whole(exchange, bucket, query, body);
      case "POST resumable":
        JsonNode resource = JSON.readTree(body.length == 0 ? "{}".getBytes() : body);
        String begun =
            buckets.begin(
                bucket,
                query.getOrDefault("name", resource.path("name").asText()),
                metadata(resource),
                generation(query));
        return new Answer(
            200,
            Map.of(
                "Location",
                // By the way that the request came, which may lead over another port.
                "http://"
                    + exchange.getRequestHeaders().getFirst("Host")
                    + "/upload/storage/v1/b/"
                    + bucket
                    + "/o?uploadType=resumable&upload_id="
                    + begun),
            new byte[0]);
      case "PUT resumable":
        return chunk(bucket, id, exchange.getRequestHeaders().getFirst("Content-Range"), body);
      case "DELETE resumable":
        buckets.cancel(id);
        return new Answer(499, Map.of(), new byte[0]);
      default:
        throw new Failure(400, "Invalid upload");
    }
  }

  /** The resource and the bytes as two parts of one body ("Upload an object", multipart). */
  private Answer whole(HttpExchange exchange, String bucket, Map<String, String> query, byte[] body)
      throws IOException {
    String type = exchange.getRequestHeaders().getFirst("Content-Type");
    byte[] boundary =
        ("--" + type.replaceAll(".*boundary=\"?([^\";]+)\"?.*", "$1"))
            .getBytes(StandardCharsets.ISO_8859_1);
    byte[] blank = "\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
    int from = indexOf(body, blank, 0) + blank.length;
    int to = indexOf(body, boundary, from);
    JsonNode resource = JSON.readTree(Arrays.copyOfRange(body, from, to));
    from = indexOf(body, blank, to) + blank.length;
    to = lastIndexOf(body, boundary) - 2;
    return json(
        200,
        resource(
            bucket,
            buckets.put(
                bucket,
                resource.get("name").asText(),
                Arrays.copyOfRange(body, from, to),
                metadata(resource),
                generation(query))));
  }

  private static int indexOf(byte[] bytes, byte[] wanted, int from) {
    for (int at = from; at <= bytes.length - wanted.length; at++) {
      if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
        return at;
      }
    }
    throw new Failure(400, "Malformed multipart body");
  }

  private static int lastIndexOf(byte[] bytes, byte[] wanted) {
    for (int at = bytes.length - wanted.length; at >= 0; at--) {
      if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
        return at;
      }
    }
    throw new Failure(400, "Malformed multipart body");
  }

  /**
   * A chunk of a resumable upload, or the question how much has arrived: {@code bytes 0-9/*},
   * {@code bytes 0-9/10}, {@code bytes *}{@code /10}, {@code bytes *}{@code /*}. Answered with 308
   * and the range that is kept until all bytes are there.
   */
  private Answer chunk(String bucket, String id, String contentRange, byte[] body) {
    Buckets.Session session = buckets.session(id);
    synchronized (session) {
      Matcher range = BYTES.matcher(contentRange == null ? "" : contentRange);
      if (contentRange == null) {
        session.received = body;
        return json(200, resource(bucket, buckets.finish(id)));
      }
      if (!range.matches()) {
        throw new Failure(400, "Invalid Content-Range: " + contentRange);
      }
      boolean last = !range.group(3).equals("*");
      if (range.group(1) != null) {
        long from = Long.parseLong(range.group(1));
        if (Long.parseLong(range.group(2)) - from + 1 != body.length) {
          throw new Failure(400, "The range and the body differ");
        }
        if (!last && body.length % CHUNK != 0) {
          throw new Failure(400, "A chunk must be a multiple of 256 KiB");
        }
        if (from > session.received.length) {
          throw new Failure(503, "Bytes are missing before this chunk");
        }
        // What is known already is passed over.
        int known = (int) Math.min(body.length, session.received.length - from);
        int before = session.received.length;
        session.received = Arrays.copyOf(session.received, before + body.length - known);
        System.arraycopy(body, known, session.received, before, body.length - known);
      }
      if (last && Long.parseLong(range.group(3)) == session.received.length) {
        return json(200, resource(bucket, buckets.finish(id)));
      }
      return new Answer(
          308,
          session.received.length == 0
              ? Map.of()
              : Map.of("Range", "bytes=0-" + (session.received.length - 1)),
          new byte[0]);
    }
  }

  private Answer rewrite(Matcher match, Map<String, String> query) {
    StoredObject source = buckets.get(decoded(match.group(1)), decoded(match.group(2)));
    String bucket = decoded(match.group(3));
    StoredObject target =
        buckets.put(
            bucket, decoded(match.group(4)), source.bytes(), source.metadata(), generation(query));
    ObjectNode answer = JSON.createObjectNode();
    answer.put("kind", "storage#rewriteResponse");
    answer.put("totalBytesRewritten", String.valueOf(source.bytes().length));
    answer.put("objectSize", String.valueOf(source.bytes().length));
    answer.put("done", true);
    answer.set("resource", resource(bucket, target));
    return json(200, answer);
  }

  private Answer list(String bucket, Map<String, String> query) {
    int most =
        Math.min(mostListed, Integer.parseInt(query.getOrDefault("maxResults", "" + mostListed)));
    List<StoredObject> found =
        buckets.list(bucket, query.getOrDefault("prefix", ""), query.get("pageToken"), most);
    ObjectNode answer = JSON.createObjectNode();
    answer.put("kind", "storage#objects");
    ArrayNode items = answer.putArray("items");
    for (StoredObject object : found.subList(0, Math.min(most, found.size()))) {
      items.add(resource(bucket, object));
    }
    if (found.size() > most) {
      answer.put("nextPageToken", found.get(most - 1).name());
    }
    return json(200, answer);
  }

  // ---- answers --------------------------------------------------------------------------------

  private static Map<String, String> metadata(JsonNode resource) {
    Map<String, String> metadata = new HashMap<>();
    resource
        .path("metadata")
        .fields()
        .forEachRemaining(e -> metadata.put(e.getKey(), e.getValue().asText()));
    return metadata;
  }

  private static ObjectNode resource(String bucket, StoredObject object) {
    CRC32C crc = new CRC32C();
    crc.update(object.bytes());
    ObjectNode resource = JSON.createObjectNode();
    resource.put("kind", "storage#object");
    resource.put("id", bucket + "/" + object.name() + "/" + object.generation());
    resource.put("name", object.name());
    resource.put("bucket", bucket);
    resource.put("generation", String.valueOf(object.generation()));
    resource.put("metageneration", "1");
    resource.put("size", String.valueOf(object.bytes().length));
    resource.put(
        "crc32c",
        Base64.getEncoder()
            .encodeToString(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array()));
    object.metadata().forEach(resource.putObject("metadata")::put);
    return resource;
  }

  private static Answer error(int status, String message) {
    ObjectNode answer = JSON.createObjectNode();
    answer.putObject("error").put("code", status).put("message", message).putArray("errors");
    return json(status, answer);
  }

  private static Answer json(int status, JsonNode body) {
    return new Answer(
        status,
        Map.of("Content-Type", "application/json; charset=UTF-8"),
        body.toString().getBytes(StandardCharsets.UTF_8));
  }
}
