package io.millrace.sink.mongodb;

import com.mongodb.ConnectionString;
import com.mongodb.MongoConfigurationException;
import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.IndexOptions;
import com.mongodb.client.model.Indexes;
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
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bson.RawBsonDocument;

/**
 * {@code INTO mongodb}: a stream or a table as documents of a collection, each written under an
 * identifier of its own, so that writing it again changes nothing.
 */
public final class MongoConnector implements SinkConnector {
  private static final long serialVersionUID = 1L;

  static final Setting<String> URL =
      Setting.text("url", null, "The servers: 'mongodb://host:27017' or 'mongodb+srv://host'.");
  static final Setting<String> USER = Setting.text("user", null, "Who logs in.");
  static final Setting<String> PASSWORD =
      Setting.text("password", null, "The password: '${env:NAME}' or '${file:PATH}'.");
  static final Setting<String> DATABASE =
      Setting.text("database", null, "The database; unless said, the one in the URL.");
  static final Setting<String> COLLECTION =
      Setting.text("collection", null, "The collection; unless said, the sink's name.");
  static final Setting<Duration> KEEP_DELETED =
      Setting.duration(
          "keep-deleted",
          "1 day",
          "How long the tombstone of a deleted row stays, so that no late change brings it back.");
  static final Setting<Integer> MAX_ROWS =
      Setting.integer("max-rows", "10000", "Documents that a task writes at once.");
  static final Setting<Long> MAX_BYTES =
      Setting.bytes(
          "max-bytes",
          "4 MB",
          "What a task gathers in memory before it sends documents to the server.");

  @Override
  public String type() {
    return "mongodb";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(URL, USER, PASSWORD, DATABASE, COLLECTION, KEEP_DELETED, MAX_ROWS, MAX_BYTES);
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
    long keepDeleted = positive(KEEP_DELETED.key(), settings.get(KEEP_DELETED).toSeconds());
    checkNames(what, definition.schema());
    Place place =
        new Place(
            settings.get(URL),
            settings.find(USER).orElse(""),
            settings.find(PASSWORD).orElse(""),
            database(settings),
            settings.find(COLLECTION).orElse(definition.name().object()));
    try (MongoClient client = place.client()) {
      MongoCollection<RawBsonDocument> collection = place.open(client);
      collection.find().limit(1).first();
      if (definition.table()) {
        collection.createIndex(
            Indexes.ascending(DocumentBuilder.DELETED),
            new IndexOptions().sparse(true).expireAfter(keepDeleted, TimeUnit.SECONDS));
      }
    } catch (MongoException e) {
      throw new MillraceException(
              ErrorCode.SINK_FAILED, "Cannot create " + what + ": " + e.getMessage(), e)
          .hint("Correct 'url', 'user' or 'password', or allow the user what it needs.");
    }
    return new MongoSink(
        definition.schema(),
        place,
        definition.name().folded(),
        definition.table(),
        maxRows,
        maxBytes);
  }

  /** A document has whatever fields it is given. */
  @Override
  public void check(SinkDefinition definition) {
    checkNames("sink " + definition.name(), definition.schema());
  }

  /** Also checks the URL. */
  private static String database(Settings settings) {
    String ofUrl;
    try {
      ofUrl = new ConnectionString(settings.get(URL)).getDatabase();
    } catch (IllegalArgumentException | MongoConfigurationException e) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION, "Invalid value for 'url': " + e.getMessage(), e)
          .hint("Write it as 'mongodb://host:27017' or 'mongodb+srv://host'.");
    }
    String database = settings.find(DATABASE).orElse(ofUrl);
    if (database == null) {
      throw new MillraceException(ErrorCode.INVALID_OPTION, "Invalid options: no 'database'")
          .hint("Give 'database', or write it into the URL: 'mongodb://host:27017/database'.");
    }
    return database;
  }

  private static void checkNames(String what, RowSchema schema) {
    schema.columns().stream()
        .filter(c -> c.name().equals("_id") || c.name().equals(DocumentBuilder.OURS))
        .findFirst()
        .ifPresent(
            column -> {
              throw new MillraceException(
                      ErrorCode.INVALID_OPTION,
                      "Cannot create "
                          + what
                          + ": a field of each document is named "
                          + column.name()
                          + " already")
                  .hint("Deliver a query that gives the column another name.");
            });
  }

  private static long positive(String key, long value) {
    if (value <= 0) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION, "Invalid value for '" + key + "': " + value)
          .hint("Write a number above 0.");
    }
    return value;
  }
}
