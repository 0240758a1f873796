package io.millrace.source.cdc;

import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.source.Source;
import io.millrace.source.SourceConnector;
import io.millrace.source.SourceDefinition;
import java.time.Duration;
import java.util.List;

/**
 * {@code FROM postgres}: tables of a PostgreSQL database, first whole, then each change by logical
 * replication (pgoutput).
 */
public final class PostgresConnector implements SourceConnector {
  static final Setting<String> URL =
      Setting.text("url", null, "The database: 'jdbc:postgresql://host:5432/database'.");
  static final Setting<String> USER =
      Setting.text("user", null, "Who logs in; needs the right REPLICATION.");
  static final Setting<String> PASSWORD =
      Setting.text("password", "", "The password: '${env:NAME}' or '${file:PATH}'.");
  static final Setting<String> TABLES =
      Setting.text(
          "tables",
          null,
          "The tables by comma, as 'table' or 'schema.table'; * stands for any letters.");
  static final Setting<String> SLOT =
      Setting.text(
          "slot", null, "The replication slot and publication; 'millrace_NAME' unless said.");
  static final Setting<Duration> HEARTBEAT =
      Setting.duration(
          "heartbeat",
          "5 seconds",
          "How often a database without changes is told how far it was read.");

  @Override
  public String type() {
    return "postgres";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(URL, USER, PASSWORD, TABLES, SLOT, HEARTBEAT);
  }

  @Override
  public List<Setting<?>> secrets() {
    return List.of(PASSWORD);
  }

  @Override
  public Source open(SourceDefinition definition) {
    Settings settings =
        Settings.of("source " + definition.name(), definition.options(), settings());
    return new CdcSource(definition.name(), new PostgresDatabase(definition.name(), settings));
  }
}
