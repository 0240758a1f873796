package io.millrace.source.cdc;

import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.source.Source;
import io.millrace.source.SourceConnector;
import io.millrace.source.SourceDefinition;
import java.time.Duration;
import java.util.List;

/**
 * {@code FROM mysql}: tables of a MariaDB or MySQL server, first whole, then each change by its
 * binary log. Which of the two it is, the server says.
 */
public final class MySqlConnector implements SourceConnector {
  static final Setting<String> URL =
      Setting.text(
          "url", null, "The database: 'jdbc:mariadb://host:3306/database' or 'jdbc:mysql:'.");
  static final Setting<String> USER =
      Setting.text("user", null, "Who logs in; see what the server needs.");
  static final Setting<String> PASSWORD =
      Setting.text("password", "", "The password: '${env:NAME}' or '${file:PATH}'.");
  static final Setting<String> TABLES =
      Setting.text(
          "tables",
          null,
          "The tables by comma, as 'table' or 'database.table'; * stands for any letters.");
  static final Setting<Boolean> TLS =
      Setting.onOff(
          "tls", "off", "Whether connections are encrypted, and the server's name checked.");
  static final Setting<Integer> SERVER_ID =
      Setting.integer(
          "server-id",
          null,
          "The number by which the server knows who reads its log; made of the source's name unless"
              + " said.");
  static final Setting<Duration> HEARTBEAT =
      Setting.duration(
          "heartbeat", "5 seconds", "How often a server without changes is asked for a sign.");

  @Override
  public String type() {
    return "mysql";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(URL, USER, PASSWORD, TABLES, TLS, SERVER_ID, HEARTBEAT);
  }

  @Override
  public List<Setting<?>> secrets() {
    return List.of(PASSWORD);
  }

  @Override
  public Source open(SourceDefinition definition) {
    Settings settings =
        Settings.of("source " + definition.name(), definition.options(), settings());
    return new CdcSource(definition.name(), new MySqlDatabase(definition.name(), settings));
  }
}
