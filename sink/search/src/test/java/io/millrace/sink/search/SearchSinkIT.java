package io.millrace.sink.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowKind;
import io.millrace.model.RowSchema;
import io.millrace.sink.EpochId;
import io.millrace.sink.IdempotentSink;
import io.millrace.sink.KeyedWriter;
import io.millrace.sink.RowRefusedException;
import io.millrace.sink.SinkDefinition;
import io.millrace.sink.WriterContext;
import io.millrace.sink.testkit.KeyedSinkContract;
import io.millrace.sink.testkit.Rows;
import io.millrace.sink.testkit.SinkFixture;
import io.millrace.testserver.search.SearchServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of all sinks by key, and what this one adds, against a real OpenSearch. */
class SearchSinkIT extends KeyedSinkContract {
  private static final RowSchema HITS =
      new RowSchema(
          List.of(
              new Column("path", DataType.STRING.withNullable(false)),
              new Column("status", DataType.INT)),
          List.of());
  private static final RowSchema PAGES = new RowSchema(HITS.columns(), List.of("path"));

  @TempDir private static Path node;
  private static SearchServer server;

  @BeforeAll
  static void startServer() throws Exception {
    server = SearchServer.start(node);
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.close();
  }

  @Override
  protected SinkFixture fixture(Path folder) {
    return new SearchFixture(server);
  }

  private static IdempotentSink sink(
      SearchFixture fixture, RowSchema schema, Map<String, String> more) {
    return (IdempotentSink) new SearchConnector().create(definition(fixture, schema, more));
  }

  private static SinkDefinition definition(
      SearchFixture fixture, RowSchema schema, Map<String, String> more) {
    Map<String, String> options = new HashMap<>(fixture.options());
    options.putAll(more);
    return new SinkDefinition(Name.of("hits"), schema, schema.isKeyed(), options);
  }

  private static KeyedWriter writer(IdempotentSink sink, long epoch) throws IOException {
    return sink.writer(new WriterContext(0, 1, epoch));
  }

  private static void set(KeyedWriter writer, long offset, RowSchema schema, Object... values) {
    writer.next(0, offset, RowKind.UPSERT);
    Rows.push(writer.rows(), schema, values);
  }

  @Test
  void rowOfAStreamIsOneDocumentHoweverOftenItComes() throws Exception {
    SearchFixture fixture = new SearchFixture(server);
    IdempotentSink sink = sink(fixture, HITS, Map.of());
    for (int time = 1; time <= 2; time++) {
      try (KeyedWriter writer = writer(sink, time)) {
        set(writer, 7, HITS, "/a \"b\"\n", 200);
        set(writer, 8, HITS, "/c", null);
        writer.flush(new EpochId(time, 1));
      }
    }
    assertThat(fixture.hits())
        .extracting(hit -> hit.get("_id").asText() + " " + hit.get("_source"))
        .containsExactlyInAnyOrder(
            "hits-0-7 {\"path\":\"/a \\\"b\\\"\\n\",\"status\":200}",
            "hits-0-8 {\"path\":\"/c\",\"status\":null}");
  }

  @Test
  void indexIsCreatedFromTheContractAndGivenTheFieldsThatItLacks() throws Exception {
    SearchFixture fixture = new SearchFixture(server);
    new SearchConnector().check(definition(fixture, HITS, Map.of()));
    sink(fixture, HITS, Map.of("keep-deleted", "2 hours"));
    RowSchema more =
        new RowSchema(
            List.of(HITS.column(0), HITS.column(1), new Column("at", DataType.timestampLtz(3))),
            List.of());
    new SearchConnector().check(definition(fixture, more, Map.of()));
    JsonNode index = fixture.send("GET", "/" + fixture.index(), "").path(fixture.index());
    assertThat(index.at("/mappings/properties").has("at")).isFalse();
    sink(fixture, more, Map.of());
    index = fixture.send("GET", "/" + fixture.index(), "").path(fixture.index());
    assertThat(index.at("/settings/index/gc_deletes").asText()).isEqualTo("7200s");
    JsonNode fields = index.at("/mappings/properties");
    assertThat(fields.at("/path/type").asText()).isEqualTo("text");
    assertThat(fields.at("/status/type").asText()).isEqualTo("integer");
    assertThat(fields.at("/at/type").asText()).isEqualTo("date");
  }

  @Test
  void fieldThatDoesNotFitIsNamedWhenTheSinkIsCreated() throws Exception {
    SearchFixture fixture = new SearchFixture(server);
    assertRefused(
        fixture,
        Map.of("create-index", "off"),
        "Cannot find index " + fixture.index() + " at " + server.url());
    fixture.send(
        "PUT",
        "/" + fixture.index(),
        "{\"mappings\":{\"properties\":{\"path\":{\"type\":\"keyword\"},"
            + "\"status\":{\"type\":\"date\"}}}}");
    assertRefused(fixture, Map.of(), "column status is INT, the field there is date");
  }

  private static void assertRefused(
      SearchFixture fixture, Map<String, String> options, String words) {
    assertThatThrownBy(() -> new SearchConnector().check(definition(fixture, HITS, options)))
        .hasMessageContaining(words);
    assertThatThrownBy(() -> sink(fixture, HITS, options))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.SINK_FAILED);
              assertThat(e.hint()).isPresent();
            })
        .hasMessageContaining(words);
  }

  @Test
  void whatTheServerRefusesNamesTheRecord() throws Exception {
    SearchFixture fixture = new SearchFixture(server);
    IdempotentSink sink = sink(fixture, HITS, Map.of());
    fixture.send("DELETE", "/" + fixture.index(), "");
    fixture.send(
        "PUT",
        "/" + fixture.index(),
        "{\"mappings\":{\"properties\":{\"path\":{\"type\":\"long\"}}}}");
    try (KeyedWriter writer = writer(sink, 1)) {
      set(writer, 41, HITS, "12", 200);
      set(writer, 42, HITS, "/a", 200);
      assertThatThrownBy(() -> writer.flush(new EpochId(1, 1)))
          .isInstanceOf(MillraceException.class)
          .hasMessageContaining("offset 42 of partition 0")
          .hasMessageContaining("failed to parse field [path] of type [long]");
    }
  }

  @Test
  void keyThatIsTooLongIsRefusedAloneAndOneThatIsNotIsKept() throws Exception {
    SearchFixture fixture = new SearchFixture(server);
    IdempotentSink sink = sink(fixture, PAGES, Map.of());
    try (KeyedWriter writer = writer(sink, 1)) {
      set(writer, 0, PAGES, "a".repeat(512), 1);
      assertThatThrownBy(() -> set(writer, 1, PAGES, "a".repeat(513), 2))
          .isInstanceOf(RowRefusedException.class)
          .hasMessageContaining("a text of 513 bytes");
      writer.flush(new EpochId(1, 1));
    }
    assertThat(fixture.hits()).hasSize(1);
  }

  @Test
  void topicThatWasMadeAnewWritesOverWhatItHadBefore() throws Exception {
    SearchFixture fixture = new SearchFixture(server);
    IdempotentSink sink = sink(fixture, PAGES, Map.of());
    long submitted = 1_800_000_000;
    try (KeyedWriter before = writer(sink, submitted);
        KeyedWriter after = writer(sink, submitted + 60)) {
      set(before, 1000, PAGES, "/a", 1);
      before.flush(new EpochId(submitted, 1));
      set(after, 0, PAGES, "/a", 2);
      after.flush(new EpochId(submitted + 60, 1));
    }
    assertThat(fixture.hits().get(0).at("/_source/status").asInt()).isEqualTo(2);
  }

  /** What is gathered when the server is killed is there once it is back and it is tried again. */
  @Test
  void serverThatIsKilledIsToldFromOneThatRefuses() throws Exception {
    SearchFixture fixture = new SearchFixture(server);
    IdempotentSink sink = sink(fixture, PAGES, Map.of());
    try (KeyedWriter writer = writer(sink, 1)) {
      set(writer, 0, PAGES, "/before", 1);
      writer.flush(new EpochId(1, 1));
      server.kill();
      set(writer, 1, PAGES, "/after", 2);
      assertThatThrownBy(() -> writer.flush(new EpochId(1, 2)))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("Failed to reach index " + fixture.index());
      server.restart();
    }
    try (KeyedWriter writer = writer(sink, 1)) {
      set(writer, 1, PAGES, "/after", 2);
      writer.flush(new EpochId(1, 2));
    }
    assertThat(fixture.hits()).hasSize(2);
  }
}
