package io.millrace.sink.search;

import io.millrace.model.Column;
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
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * {@code INTO search}: a stream or a table as documents of an index of OpenSearch or Elasticsearch,
 * each written under an identifier of its own, so that writing it again changes nothing.
 */
public final class SearchConnector implements SinkConnector {
  private static final long serialVersionUID = 1L;

  static final Setting<String> URL =
      Setting.text("url", null, "The server: 'https://host:9200'; several with a comma between.");
  static final Setting<String> USER = Setting.text("user", null, "Who logs in.");
  static final Setting<String> PASSWORD =
      Setting.text("password", null, "The password: '${env:NAME}' or '${file:PATH}'.");
  static final Setting<String> API_KEY =
      Setting.text(
          "api-key", null, "Instead of user and password, Elasticsearch's API key in Base64.");
  static final Setting<String> INDEX =
      Setting.text("index", null, "The index; unless said, the sink's name in small letters.");
  static final Setting<Boolean> CREATE_INDEX =
      Setting.onOff(
          "create-index",
          "on",
          "Whether the index is created from the contract, and given the fields that it lacks.");
  static final Setting<Duration> KEEP_DELETED =
      Setting.duration(
          "keep-deleted",
          "1 hour",
          "In an index that is created: how long it knows that a row was deleted, so that no late"
              + " change brings it back.");
  static final Setting<Integer> MAX_ROWS =
      Setting.integer("max-rows", "5000", "Changes that a task writes at once.");
  static final Setting<Long> MAX_BYTES =
      Setting.bytes(
          "max-bytes", "4 MB", "What a task gathers in memory before it sends it to the server.");

  @Override
  public String type() {
    return "search";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(
        URL, USER, PASSWORD, API_KEY, INDEX, CREATE_INDEX, KEEP_DELETED, MAX_ROWS, MAX_BYTES);
  }

  @Override
  public List<Setting<?>> secrets() {
    return List.of(PASSWORD, API_KEY);
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
    SearchIndex index = index(definition, settings);
    try (SearchClient client = index.client()) {
      new IndexMapping(client, index, definition.schema())
          .prepare(settings.get(CREATE_INDEX), keepDeleted);
    } catch (IOException e) {
      throw unreached("Cannot create " + what, e);
    }
    return new SearchSink(
        definition.schema(),
        index,
        definition.name().folded(),
        definition.table(),
        maxRows,
        maxBytes);
  }

  @Override
  public void check(SinkDefinition definition) {
    String what = "sink " + definition.name();
    Settings settings = Settings.of(what, definition.options(), settings());
    checkNames(what, definition.schema());
    SearchIndex index = index(definition, settings);
    try (SearchClient client = index.client()) {
      new IndexMapping(client, index, definition.schema()).check(settings.get(CREATE_INDEX));
    } catch (IOException e) {
      throw unreached("Cannot ask the server of " + what, e);
    }
  }

  private static MillraceException unreached(String what, IOException e) {
    return new MillraceException(ErrorCode.SINK_FAILED, what + ": " + e.getMessage(), e)
        .hint("Correct 'url', or wait until the server answers.");
  }

  private static SearchIndex index(SinkDefinition definition, Settings settings) {
    return new SearchIndex(
        urls(settings.get(URL)),
        settings.find(USER).orElse(""),
        settings.find(PASSWORD).orElse(""),
        settings.find(API_KEY).orElse(""),
        settings.find(INDEX).orElse(definition.name().object().toLowerCase(Locale.ROOT)));
  }

  private static List<String> urls(String text) {
    List<String> urls = List.of(text.split("\\s*,\\s*"));
    for (String url : urls) {
      try {
        URI uri = URI.create(url);
        if (uri.getHost() != null
            && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
          continue;
        }
      } catch (IllegalArgumentException e) {
        // Said below, as for the others.
      }
      throw new MillraceException(ErrorCode.INVALID_OPTION, "Invalid value for 'url': " + url)
          .hint("Write it as 'https://host:9200'.");
    }
    return urls;
  }

  private static void checkNames(String what, RowSchema schema) {
    for (Column column : schema.columns()) {
      if (column.name().startsWith("_") || column.name().indexOf('.') >= 0) {
        throw new MillraceException(
                ErrorCode.INVALID_OPTION,
                "Cannot create "
                    + what
                    + ": a field cannot be named "
                    + column.name()
                    + ", since the server takes a name that begins with _ for its own and a dot for"
                    + " a field in a field")
            .hint("Deliver a query that gives the column another name.");
      }
    }
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
