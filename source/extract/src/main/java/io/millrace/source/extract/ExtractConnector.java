package io.millrace.source.extract;

import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.source.Source;
import io.millrace.source.SourceConnector;
import io.millrace.source.SourceDefinition;
import java.time.Duration;
import java.util.List;

/** {@code FROM extract}: a table or query of any JDBC database, read by the clock. */
public final class ExtractConnector implements SourceConnector {
  static final Setting<String> URL =
      Setting.text("url", null, "The database: 'jdbc:postgresql://host:5432/database'.");
  static final Setting<String> USER = Setting.text("user", "", "Who logs in.");
  static final Setting<String> PASSWORD =
      Setting.text("password", "", "The password: '${env:NAME}' or '${file:PATH}'.");
  static final Setting<String> TABLE =
      Setting.text("table", null, "The table that is read, or instead of it a 'query'.");
  static final Setting<String> QUERY =
      Setting.text(
          "query",
          null,
          "The SELECT that is read; in mode 'query' with :since and :until, when the run before this"
              + " began, and this.");
  static final Setting<String> KEY =
      Setting.text(
          "key",
          null,
          "The columns that tell rows apart, by comma; a table's primary key unless said.");
  static final Setting<String> MODE =
      Setting.oneOfText(
          "mode",
          "snapshot",
          "'snapshot': all rows each time, compared; 'append': rows behind those read; 'query': what"
              + " the query gives, without deletes.",
          "snapshot",
          "append",
          "query");
  static final Setting<String> CURSOR =
      Setting.text("cursor", null, "In mode 'append': the column that only grows.");
  static final Setting<Duration> SAFETY_LAG =
      Setting.duration(
          "safety-lag",
          "10 seconds",
          "In mode 'append': how long rows may take to be committed behind later ones.");
  static final Setting<Duration> EVERY =
      Setting.duration("every", null, "The interval of the runs, or instead of it a 'cron'.");
  static final Setting<String> CRON =
      Setting.text(
          "cron",
          null,
          "When it runs: minute, hour, day of month, month, day of week: '0 2 * * *'.");
  static final Setting<String> ZONE =
      Setting.text("zone", "UTC", "The zone on whose clock the cron runs: 'Europe/Berlin'.");

  @Override
  public String type() {
    return "extract";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(
        URL, USER, PASSWORD, TABLE, QUERY, KEY, MODE, CURSOR, SAFETY_LAG, EVERY, CRON, ZONE);
  }

  @Override
  public List<Setting<?>> secrets() {
    return List.of(PASSWORD);
  }

  @Override
  public Source open(SourceDefinition definition) {
    return new ExtractSource(
        definition.name(),
        Settings.of("source " + definition.name(), definition.options(), settings()));
  }
}
