package io.millrace.examples.weblogs;

import io.millrace.sql.StatementParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The statements of the pipeline. */
final class Pipeline {
  private Pipeline() {}

  /** The script with the folder that its Parquet files go to. */
  static String script(Path folder) {
    try (InputStream in = Pipeline.class.getResourceAsStream("weblogs.sql")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .replace("${folder}", folder.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The first statement: the stream of lines. */
  static String lines() {
    return StatementParser.parseScript(script(Path.of("unused"))).get(0).text() + ";";
  }
}
