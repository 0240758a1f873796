package io.millrace.examples.weblogs;

import io.millrace.sql.StatementParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;

/** The statements of the pipeline. */
final class Pipeline {
  private Pipeline() {}

  private static String resource(String name) {
    try (InputStream in = Pipeline.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The script with the folder that its Parquet files go to. */
  static String script(Path folder) {
    return resource("weblogs.sql").replace("${folder}", folder.toString());
  }

  /** Lines to typed rows. */
  static String typed() {
    return StatementParser.parseScript(script(Path.of("unused"))).stream()
        .limit(2)
        .map(parsed -> parsed.text() + ";\n")
        .collect(Collectors.joining());
  }

  /** Lines to typed rows, and those into Snowflake. */
  static String intoSnowflake(String url, Path key, String trigger) {
    return typed() + snowflakeSink("web_logs", url, key, trigger);
  }

  /** What a stream or table holds into the table of Snowflake that has its name. */
  static String snowflakeSink(String from, String url, Path key, String trigger) {
    return resource("web_logs_snowflake.sql")
        .replace("web_logs", from)
        .replace("WEB_LOGS", from.toUpperCase(Locale.ROOT))
        .replace("${url}", url)
        .replace("${key}", key.toString())
        .replace("${trigger}", trigger);
  }

  /** A shop in PostgreSQL, its customers' history and its orders with them. */
  static String fromPostgres(int port) {
    return resource("history.sql")
        .replace("${url}", "jdbc:postgresql://127.0.0.1:" + port + "/postgres");
  }

  /** The first statement: the stream of lines. */
  static String lines() {
    return StatementParser.parseScript(script(Path.of("unused"))).get(0).text() + ";";
  }
}
