package io.millrace.sink.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import io.millrace.sink.SinkDefinition;
import io.millrace.sink.WriterContext;
import io.millrace.sink.testkit.KeyedSinkContract;
import io.millrace.sink.testkit.Rows;
import io.millrace.sink.testkit.SinkFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** The contract of sinks by key and more, against a real redis-server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@EnabledIf(
    value = "io.millrace.sink.redis.RedisServer#isInstalled",
    disabledReason = "NOT RUN: no redis-server on this machine; .ci/setup installs it")
class RedisIT {
  private static final RowSchema WORDS =
      new RowSchema(
          List.of(
              new Column("id", DataType.BIGINT.withNullable(false)),
              new Column("word", DataType.STRING)),
          List.of("id"));

  private RedisServer server;
  private RedisFixture fixture;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    server = new RedisServer(folder);
  }

  @AfterAll
  void stop() throws InterruptedException {
    server.close();
  }

  @BeforeEach
  void makePlace() {
    fixture = new RedisFixture(server, "hash");
  }

  @Nested
  class Hashes extends KeyedSinkContract {
    @Override
    protected SinkFixture fixture(Path folder) {
      return new RedisFixture(server, "hash");
    }
  }

  @Nested
  class Documents extends KeyedSinkContract {
    @Override
    protected SinkFixture fixture(Path folder) {
      return new RedisFixture(server, "json");
    }
  }

  private IdempotentSink create(RowSchema schema, boolean table, Map<String, String> more) {
    Map<String, String> options = new HashMap<>(fixture.options());
    options.putAll(more);
    return (IdempotentSink)
        fixture.connector().create(new SinkDefinition(Name.of("mart"), schema, table, options));
  }

  private KeyedWriter writer(boolean table, long epoch) throws IOException {
    return create(WORDS, table, Map.of()).writer(new WriterContext(0, 1, epoch));
  }

  private static void set(KeyedWriter writer, long offset, Object... values) {
    writer.next(0, offset, RowKind.UPSERT);
    Rows.push(writer.rows(), WORDS, values);
  }

  private static void delete(KeyedWriter writer, long offset, long id) {
    writer.next(0, offset, RowKind.DELETE);
    writer.rows().beginRow();
    writer.rows().setLong(0, id);
    writer.rows().endRow();
  }

  private static void flush(KeyedWriter writer) throws IOException {
    writer.flush(new EpochId(1, 1));
  }

  @Test
  void lateChangeDoesNotBringBackADeletedRow() throws Exception {
    try (KeyedWriter zombie = writer(true, 1);
        KeyedWriter next = writer(true, 1)) {
      set(zombie, 7, 1L, "late");
      set(next, 7, 1L, "late");
      delete(next, 8, 1);
      flush(next);
      flush(zombie);
      assertThat(fixture.visibleRows(WORDS)).isEmpty();
    }
    try (Jedis client = server.client()) {
      String version = "__millrace:" + fixture.prefix() + "1";
      assertThat(client.pttl(version)).isBetween(86_000_000L, 86_400_000L);
    }
  }

  @Test
  void newerSubmissionWinsOverAHigherOffsetOfAnOlder() throws Exception {
    try (KeyedWriter older = writer(true, 1);
        KeyedWriter newer = writer(true, 2)) {
      set(older, 1000, 1L, "of a topic that was dropped");
      flush(older);
      set(newer, 0, 1L, "of the new one");
      flush(newer);
      set(older, 1001, 1L, "late");
      flush(older);
    }
    assertThat(fixture.visibleRows(WORDS)).containsExactly(List.of(1L, "of the new one"));
  }

  @Test
  void streamRowsAreUnderTheirPositionAndThereOnce() throws Exception {
    try (KeyedWriter writer = writer(false, 1)) {
      set(writer, 3, 1L, "one");
      flush(writer);
      set(writer, 3, 1L, "one");
      set(writer, 4, 1L, "one");
      flush(writer);
    }
    try (Jedis client = server.client()) {
      assertThat(client.keys(fixture.prefix() + "*"))
          .containsExactlyInAnyOrder(fixture.prefix() + "0-3", fixture.prefix() + "0-4");
      assertThat(client.hgetAll(fixture.prefix() + "0-3"))
          .isEqualTo(Map.of("id", "1", "word", "one"));
    }
  }

  @Test
  void serverThatForgetsScriptsOrStartsAnewIsWrittenToAgain() throws Exception {
    try (KeyedWriter writer = writer(true, 1)) {
      set(writer, 0, 1L, "one");
      flush(writer);
      try (Jedis client = server.client()) {
        client.scriptFlush();
      }
      set(writer, 1, 2L, "two");
      flush(writer);
      assertThat(fixture.visibleRows(WORDS)).hasSize(2);
      server.stop();
      set(writer, 2, 3L, "three");
      assertThatThrownBy(() -> flush(writer))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Failed to write to redis at 127.0.0.1");
      assertThatThrownBy(() -> create(WORDS, true, Map.of()))
          .isInstanceOfSatisfying(
              MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SINK_FAILED));
    } finally {
      server.stop();
      server.start();
    }
  }

  @Test
  void keyOfAnotherTypeIsNamedAndLeft() throws Exception {
    try (Jedis client = server.client();
        KeyedWriter writer = writer(true, 1)) {
      client.lpush(fixture.prefix() + "1", "theirs");
      set(writer, 5, 1L, "ours");
      assertThatThrownBy(() -> flush(writer))
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> {
                assertThat(e.code()).isEqualTo(ErrorCode.SINK_FAILED);
                assertThat(e)
                    .hasMessageContaining("offset 5 of partition 0")
                    .hasMessageContaining(fixture.prefix() + "1 is a list");
                assertThat(e.hint()).isPresent();
              });
      assertThat(client.lrange(fixture.prefix() + "1", 0, -1)).containsExactly("theirs");
    }
  }

  @Test
  void keysOfSeveralColumnsNeverMeet() throws Exception {
    RowSchema two =
        new RowSchema(
            List.of(
                new Column("a", DataType.STRING.withNullable(false)),
                new Column("b", DataType.STRING.withNullable(false))),
            List.of("a", "b"));
    try (KeyedWriter writer = create(two, true, Map.of()).writer(new WriterContext(0, 1, 1))) {
      List<List<Object>> rows =
          List.of(List.of("x:", "y"), List.of("x", ":y"), List.of("x%3A", "y"));
      for (int i = 0; i < rows.size(); i++) {
        writer.next(0, i, RowKind.UPSERT);
        Rows.push(writer.rows(), two, rows.get(i).toArray());
      }
      flush(writer);
      assertThat(fixture.visibleRows(two)).containsExactlyInAnyOrderElementsOf(rows);
    }
    try (Jedis client = server.client()) {
      assertThat(client.exists(fixture.prefix() + "x%3A:y")).isTrue();
    }
  }

  @Test
  void optionsThatCannotBeAreRefused(@TempDir Path folder) throws IOException {
    assertRefused("Invalid value for 'as'", Map.of("as", "list"));
    assertRefused("Invalid value for 'url'", Map.of("url", "http://127.0.0.1"));
    assertRefused("Invalid value for 'url'", Map.of("url", "redis://me:secret@127.0.0.1"));
    assertRefused("Invalid value for 'key-prefix'", Map.of("key-prefix", "__millrace:x"));
    assertRefused("Invalid value for 'max-rows'", Map.of("max-rows", "0"));
    Path wrong = Files.writeString(folder.resolve("wrong"), "not-this-one");
    Map<String, String> login = Map.of("password", "${file:" + wrong + "}");
    assertThatThrownBy(() -> create(WORDS, true, login))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.SINK_FAILED);
              assertThat(e).hasMessageContaining("WRONGPASS");
              assertThat(e.getMessage()).doesNotContain("not-this-one");
            });
  }

  private void assertRefused(String message, Map<String, String> options) {
    assertThatThrownBy(() -> create(WORDS, true, options))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.INVALID_OPTION);
              assertThat(e).hasMessageContaining(message);
              assertThat(e.hint()).isPresent();
            });
  }
}
