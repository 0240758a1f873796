package io.millrace.sink.redis;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.sink.Capability;
import io.millrace.sink.Guarantee;
import io.millrace.sink.Sink;
import io.millrace.sink.SinkConnector;
import io.millrace.sink.SinkDefinition;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * {@code INTO redis}: a stream or a table as hashes or JSON texts, each under a key of its own, so
 * that writing it again changes nothing.
 */
public final class RedisConnector implements SinkConnector {
  private static final long serialVersionUID = 1L;

  static final Setting<String> URL =
      Setting.text("url", null, "The server: 'redis://host:6379/0', or 'rediss://' for TLS.");
  static final Setting<String> USER = Setting.text("user", null, "Who logs in.");
  static final Setting<String> PASSWORD =
      Setting.text("password", null, "The password: '${env:NAME}' or '${file:PATH}'.");
  static final Setting<String> AS =
      Setting.text("as", "hash", "What a row becomes: a 'hash' or a text of 'json'.");
  static final Setting<String> KEY_PREFIX =
      Setting.text(
          "key-prefix", null, "What each key begins with; unless said, the sink's name and ':'.");
  static final Setting<Duration> KEEP_DELETED =
      Setting.duration(
          "keep-deleted",
          "1 day",
          "How long the version of a deleted row stays, so that no late change brings it back.");
  static final Setting<Integer> MAX_ROWS =
      Setting.integer("max-rows", "10000", "Rows that a task writes at once.");
  static final Setting<Long> MAX_BYTES =
      Setting.bytes(
          "max-bytes", "4 MB", "What a task gathers in memory before it sends rows to the server.");

  @Override
  public String type() {
    return "redis";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(URL, USER, PASSWORD, AS, KEY_PREFIX, KEEP_DELETED, MAX_ROWS, MAX_BYTES);
  }

  @Override
  public List<Setting<?>> secrets() {
    return List.of(PASSWORD);
  }

  @Override
  public Capability capability() {
    return new Capability(Guarantee.EFFECTIVELY_ONCE_BY_KEY, true, true);
  }

  @Override
  public Sink create(SinkDefinition definition) {
    String what = "sink " + definition.name();
    Settings settings = Settings.of(what, definition.options(), settings());
    int maxRows = Math.toIntExact(positive(MAX_ROWS.key(), settings.get(MAX_ROWS)));
    long maxBytes = positive(MAX_BYTES.key(), settings.get(MAX_BYTES));
    long keepDeleted = positive(KEEP_DELETED.key(), settings.get(KEEP_DELETED).toMillis());
    boolean json = json(settings.get(AS));
    String prefix = settings.find(KEY_PREFIX).orElse(definition.name().object() + ":");
    if (prefix.startsWith(RedisWriter.VERSIONS)) {
      throw invalid(KEY_PREFIX.key(), "versions have it", "Choose another prefix.");
    }
    checkNames(what, definition.schema());
    Place place =
        new Place(
            url(settings.get(URL)),
            settings.find(USER).orElse(""),
            settings.find(PASSWORD).orElse(""));
    try (Jedis client = place.connect()) {
      client.ping();
    } catch (JedisException e) {
      throw new MillraceException(
              ErrorCode.SINK_FAILED,
              "Cannot create " + what + " at " + place + ": " + e.getMessage(),
              e)
          .hint("Correct 'url', 'user' or 'password', or allow the user what it needs.");
    }
    return new RedisSink(
        definition.schema(),
        place,
        prefix,
        definition.table(),
        json,
        keepDeleted,
        maxRows,
        maxBytes);
  }

  /** A hash has whatever fields it is given. */
  @Override
  public void check(SinkDefinition definition) {
    checkNames("sink " + definition.name(), definition.schema());
  }

  private static boolean json(String as) {
    return switch (as) {
      case "hash" -> false;
      case "json" -> true;
      default -> throw invalid(AS.key(), as, "Write 'hash' or 'json'.");
    };
  }

  /** Also refuses a login in the URL, which would be stored with the statement. */
  private static String url(String url) {
    String right = "Write it as 'redis://host:6379/0', with 'user' and 'password' beside it.";
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException e) {
      throw invalid(URL.key(), "it is not a URL", right);
    }
    boolean scheme = "redis".equals(uri.getScheme()) || "rediss".equals(uri.getScheme());
    boolean path = uri.getPath() == null || uri.getPath().matches("(/[0-9]{0,4})?");
    if (!scheme || uri.getHost() == null || uri.getUserInfo() != null || !path) {
      throw invalid(URL.key(), "it has no host, or more than host, port and database", right);
    }
    return uri.getPort() >= 0
        ? url
        : uri.getScheme() + "://" + uri.getHost() + ":6379" + uri.getPath();
  }

  private static void checkNames(String what, RowSchema schema) {
    if (schema.columns().stream().anyMatch(c -> c.name().equals(RedisWriter.VERSION))) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION,
              "Cannot create "
                  + what
                  + ": a field of each hash is named "
                  + RedisWriter.VERSION
                  + " already")
          .hint("Deliver a query that gives the column another name.");
    }
  }

  private static MillraceException invalid(String key, String reason, String hint) {
    return new MillraceException(
            ErrorCode.INVALID_OPTION, "Invalid value for '" + key + "': " + reason)
        .hint(hint);
  }

  private static long positive(String key, long value) {
    if (value <= 0) {
      throw invalid(key, Long.toString(value), "Write a number above 0.");
    }
    return value;
  }
}
