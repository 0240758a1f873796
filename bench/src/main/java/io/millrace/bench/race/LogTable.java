package io.millrace.bench.race;

import java.util.List;
import java.util.stream.Collectors;

/** The 17 columns: what a line's fields are called, and their types. */
public final class LogTable {
  /** A column's name and its type in SQL. */
  public record LogColumn(String name, String type) {
    /** The type in a contract; every column may be null. */
    String avroType() {
      return switch (type) {
        case "DATE" -> "{\"type\":\"int\",\"logicalType\":\"date\"}";
        case "INT" -> "\"int\"";
        default -> "\"string\"";
      };
    }
  }

  public static final List<LogColumn> COLUMNS =
      List.of(
          new LogColumn("date", "DATE"),
          new LogColumn("time", "STRING"),
          new LogColumn("c_ip", "STRING"),
          new LogColumn("cs_username", "STRING"),
          new LogColumn("s_sitename", "STRING"),
          new LogColumn("s_computername", "STRING"),
          new LogColumn("s_ip", "STRING"),
          new LogColumn("s_port", "INT"),
          new LogColumn("cs_method", "STRING"),
          new LogColumn("cs_uri_stem", "STRING"),
          new LogColumn("cs_uri_query", "STRING"),
          new LogColumn("sc_status", "INT"),
          new LogColumn("time_taken", "INT"),
          new LogColumn("cs_version", "STRING"),
          new LogColumn("cs_host", "STRING"),
          new LogColumn("user_agent", "STRING"),
          new LogColumn("referer", "STRING"));

  private LogTable() {}

  /** The columns as both SQL dialects declare them. */
  public static String sqlColumns() {
    return COLUMNS.stream()
        .map(column -> "`" + column.name() + "` " + column.type())
        .collect(Collectors.joining(", "));
  }

  /** The contract of those engines that bring their own. */
  public static String contract() {
    return COLUMNS.stream()
        .map(
            column ->
                "{\"name\":\""
                    + column.name()
                    + "\",\"type\":[\"null\","
                    + column.avroType()
                    + "],\"default\":null}")
        .collect(
            Collectors.joining(
                ",", "{\"type\":\"record\",\"name\":\"web_log\",\"fields\":[", "]}"));
  }
}
