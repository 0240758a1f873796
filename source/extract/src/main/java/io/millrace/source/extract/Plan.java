package io.millrace.source.extract;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Settings;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The options of an extract, checked.
 *
 * @param from what stands behind FROM: a table, or a query in parentheses
 * @param key empty where the table's primary key is to be looked up
 * @param cursor the column that grows, in mode append
 */
record Plan(
    Mode mode,
    String from,
    Optional<String> table,
    List<String> key,
    Optional<String> cursor,
    Duration safetyLag,
    Schedule schedule) {
  /** How a run finds out what has changed. */
  enum Mode {
    SNAPSHOT,
    APPEND,
    QUERY
  }

  static Plan of(Name source, Settings settings) {
    String what = "Cannot create source " + source + ": ";
    Optional<String> table = settings.find(ExtractConnector.TABLE);
    Optional<String> query = settings.find(ExtractConnector.QUERY);
    if (table.isPresent() == query.isPresent()) {
      throw invalid(what + "say either 'table' or 'query'");
    }
    Mode mode = Mode.valueOf(settings.get(ExtractConnector.MODE).toUpperCase(Locale.ROOT));
    List<String> key =
        settings
            .find(ExtractConnector.KEY)
            .map(text -> Arrays.stream(text.split(",")).map(String::strip).toList())
            .orElse(List.of());
    if (key.isEmpty() && table.isEmpty()) {
      throw invalid(what + "a query has no primary key: say 'key'");
    }
    Optional<String> cursor = settings.find(ExtractConnector.CURSOR);
    if (cursor.isPresent() != (mode == Mode.APPEND)) {
      throw invalid(what + "'cursor' is for mode 'append', which needs it");
    }
    if (mode == Mode.QUERY && query.isEmpty()) {
      throw invalid(what + "mode 'query' needs a 'query'");
    }
    return new Plan(
        mode,
        table.orElseGet(() -> "(" + query.get() + ") AS extracted"),
        table,
        key,
        cursor,
        settings.get(ExtractConnector.SAFETY_LAG),
        schedule(what, settings));
  }

  private static Schedule schedule(String what, Settings settings) {
    Optional<Duration> every = settings.find(ExtractConnector.EVERY);
    Optional<String> cron = settings.find(ExtractConnector.CRON);
    if (every.isPresent() == cron.isPresent()) {
      throw invalid(what + "say either 'every' or 'cron'");
    }
    try {
      return every.isPresent()
          ? Schedule.every(every.get())
          : Schedule.cron(cron.get(), ZoneId.of(settings.get(ExtractConnector.ZONE)));
    } catch (DateTimeException | IllegalArgumentException e) {
      throw invalid(what + e.getMessage());
    }
  }

  private static MillraceException invalid(String message) {
    return new MillraceException(ErrorCode.INVALID_OPTION, message);
  }
}
