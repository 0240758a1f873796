package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.format.Formats;
import io.millrace.model.ErrorCode;
import io.millrace.model.Setting;
import io.millrace.registry.AvroContracts;
import io.millrace.sink.SinkConnector;
import io.millrace.sink.gcs.GcsConnector;
import io.millrace.sink.jdbc.JdbcConnector;
import io.millrace.sink.mongodb.MongoConnector;
import io.millrace.sink.redis.RedisConnector;
import io.millrace.sink.s3.S3Connector;
import io.millrace.sink.search.SearchConnector;
import io.millrace.sink.snowflake.SnowflakeConnector;
import io.millrace.source.SourceConnector;
import io.millrace.source.cdc.MySqlConnector;
import io.millrace.source.cdc.PostgresConnector;
import io.millrace.source.extract.ExtractConnector;
import io.millrace.source.file.FileConnector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Pages that are printed from the code; {@code -Ddocs.write=true} writes them anew. */
class ReferencePagesTest {
  private static final Path REFERENCE = Path.of("..", "docs", "reference");

  @Test
  void theTypesPageIsWhatTheCodeSays() throws IOException {
    check("types.md", AvroContracts.typesPage());
  }

  @Test
  void theErrorsPageIsWhatTheCodeSays() throws IOException {
    StringBuilder page =
        new StringBuilder(
            "# Errors\n\nEvery error has a code, one sentence, and often a hint. The fault is the"
                + " user's, that of a system outside,\nof resources that ran out, or ours.\n\n"
                + "| code | HTTP | fault | meaning |\n|---|---|---|---|\n");
    for (ErrorCode code : ErrorCode.values()) {
      page.append(
          "| `%s` | %d | %s | %s |%n"
              .formatted(
                  code, code.httpStatus(), code.fault().name().toLowerCase(), code.meaning()));
    }
    check("errors.md", page.toString());
  }

  @Test
  void theSettingsPageIsWhatTheCodeSays() throws IOException {
    StringBuilder page =
        new StringBuilder(
            "# Settings\n\n"
                + "From `millrace.properties`, then variables (`checkpoint.interval` is"
                + " `MILLRACE_CHECKPOINT_INTERVAL`), then\n"
                + "`--set key=value`; later ones win. An unknown key stops the start. Keys with the"
                + " prefix `kafka.client.` are passed\n"
                + "to every Kafka client.\n\n"
                + "| key | default | meaning |\n"
                + "|---|---|---|\n");
    for (Setting<?> setting : Configuration.known()) {
      page.append(row(setting));
    }
    check("settings.md", page.toString());
  }

  private static List<SinkConnector> sinks() {
    return List.of(
        new S3Connector(),
        new GcsConnector(),
        new SnowflakeConnector(),
        new MongoConnector(),
        new RedisConnector(),
        new SearchConnector());
  }

  private static List<SourceConnector> sources() {
    return List.of(
        new PostgresConnector(),
        new MySqlConnector(),
        new ExtractConnector(),
        new FileConnector(new Formats(id -> null)));
  }

  /** The rest of a sink's page is written by hand. */
  @TestFactory
  Stream<DynamicTest> theKeysOfASinkAreWhatTheCodeSays() {
    return sinks().stream()
        .map(
            sink ->
                DynamicTest.dynamicTest(
                    sink.type(), () -> checkKeys("sinks/" + sink.type() + ".md", sink.settings())));
  }

  @TestFactory
  Stream<DynamicTest> theKeysOfASourceAreWhatTheCodeSays() {
    return sources().stream()
        .map(
            source ->
                DynamicTest.dynamicTest(
                    source.type(),
                    () -> checkKeys("sources/" + source.type() + ".md", source.settings())));
  }

  @Test
  void noSecretIsWrittenIntoAStatement() {
    Pattern secret = Pattern.compile("password|pass(phrase|wd)|secret|token|credentials|api-key");
    Stream.concat(
            Stream.concat(
                sinks().stream().map(c -> Map.entry(c.settings(), c.secrets())),
                Stream.of(
                    Map.entry(new JdbcConnector().settings(), new JdbcConnector().secrets()))),
            sources().stream().map(c -> Map.entry(c.settings(), c.secrets())))
        .forEach(
            keys ->
                assertThat(keys.getValue())
                    .containsAll(
                        keys.getKey().stream()
                            .filter(key -> secret.matcher(key.key()).find())
                            .toList()));
  }

  @Test
  void theKeysOfTopicsOfDebeziumAreWhatTheCodeSays() throws IOException {
    checkKeys("sources/debezium.md", Formats.options(Formats.DEBEZIUM));
  }

  private static void checkKeys(String name, List<Setting<?>> settings) throws IOException {
    String begin = "<!-- printed from the code -->\n";
    String end = "<!-- end -->";
    String page = Files.readString(REFERENCE.resolve(name));
    StringBuilder keys = new StringBuilder("| key | default | meaning |\n|---|---|---|\n");
    for (Setting<?> setting : settings) {
      keys.append(row(setting));
    }
    check(
        name,
        page.substring(0, page.indexOf(begin) + begin.length())
            + keys
            + page.substring(page.indexOf(end)));
  }

  private static String row(Setting<?> setting) {
    return "| `%s` | %s | %s |%n"
        .formatted(
            setting.key(),
            setting.defaultText() == null ? "" : "`" + setting.defaultText() + "`",
            setting.meaning());
  }

  private static void check(String name, String page) throws IOException {
    Path file = REFERENCE.resolve(name);
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(file, page);
    }
    assertThat(file).hasContent(page);
  }
}
