package io.millrace.interop.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The page of options is printed from the code; {@code -Ddocs.write=true} writes it anew. */
class OptionsPageTest {
  private static final Path PAGE = Path.of("..", "..", "docs", "reference", "spark.md");

  @Test
  void thePageIsWhatTheCodeSays() throws IOException {
    StringBuilder page =
        new StringBuilder(
            "# Spark\n\n"
                + "The options of the formats of [Spark on warehouse topics](../guides/spark.md)."
                + " Keys compare without case; an unknown\none is refused. Printed from the"
                + " code.\n\n"
                + "## `format(\"millrace\")` and the catalog\n\n"
                + "All may stand in the session's configuration, as `spark.datasource.millrace.<key>`,"
                + " and for the catalog as\n`spark.sql.catalog.<name>.<key>`. Keys with the prefix"
                + " `kafka.` are passed to every Kafka client.\n\n");
    print(page, SourceOptions.all());
    page.append(
        "\n## `format(\"millrace-sink\")`\n\n"
            + "`checkpointLocation` must be among them; `queryName` is Spark's. All others are the"
            + " sink's own.\n\n");
    print(page, SinkOptions.all());
    page.append(
        "\n## Columns that are there by name only\n\n| column | type | meaning |\n|---|---|---|\n");
    for (Metadata one : Metadata.values()) {
      page.append(
          "| `%s` | `%s` | %s |%n"
              .formatted(one.column(), one.toSpark().dataType().sql(), one.toSpark().comment()));
    }
    page.append(
        "\nOf these `_op` is also written: a frame for a table may have it, `upsert` or `delete`;"
            + " NULL is an upsert.\n");
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(PAGE, page);
    }
    assertThat(PAGE).hasContent(page.toString());
  }

  private static void print(StringBuilder page, List<Setting<?>> settings) {
    page.append("| key | default | meaning |\n|---|---|---|\n");
    for (Setting<?> setting : settings) {
      page.append(
          "| `%s` | %s | %s |%n"
              .formatted(
                  setting.key(),
                  setting.defaultText() == null ? "" : "`" + setting.defaultText() + "`",
                  setting.meaning()));
    }
  }
}
