package io.millrace.source.extract;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.util.Optional;

/**
 * When an extract runs: in an interval, counted from 1970-01-01T00:00Z so that a restart moves
 * nothing, or by a cron expression (minute, hour, day of month, month, day of week) on the clock of
 * a zone. Where that clock is put forward, what falls into the gap runs once, right after it; where
 * it is put back, what falls into the repeated time runs in its first pass alone. Immutable.
 */
final class Schedule {
  private static final CronParser PARSER =
      new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));

  private final Duration every;
  private final ExecutionTime cron;
  private final ZoneId zone;

  private Schedule(Duration every, ExecutionTime cron, ZoneId zone) {
    this.every = every;
    this.cron = cron;
    this.zone = zone;
  }

  static Schedule every(Duration interval) {
    if (interval.toMillis() < 1) {
      throw new IllegalArgumentException("use an interval of a millisecond at least");
    }
    return new Schedule(interval, null, ZoneOffset.UTC);
  }

  /** IllegalArgumentException with what is wrong in the expression. */
  static Schedule cron(String expression, ZoneId zone) {
    Cron cron = PARSER.parse(expression).validate();
    return new Schedule(null, ExecutionTime.forCron(cron), zone);
  }

  /** The first time after that; empty where there is none. */
  Optional<Instant> after(Instant instant) {
    if (every != null) {
      long step = every.toMillis();
      return Optional.of(
          Instant.ofEpochMilli(
              Math.addExact(Math.floorDiv(instant.toEpochMilli(), step) * step, step)));
    }
    // Looked up on a clock that is never changed, then told on the zone's.
    LocalDateTime local = LocalDateTime.ofInstant(instant, zone);
    Instant found = null;
    while (found == null || !found.isAfter(instant)) {
      Optional<ZonedDateTime> next = cron.nextExecution(local.atZone(ZoneOffset.UTC));
      if (next.isEmpty()) {
        return Optional.empty();
      }
      local = next.get().toLocalDateTime();
      found = onTheClock(local);
    }
    return Optional.of(found);
  }

  private Instant onTheClock(LocalDateTime local) {
    ZoneOffsetTransition change = zone.getRules().getTransition(local);
    return change != null && change.isGap()
        ? change.getInstant()
        : local.atZone(zone).withEarlierOffsetAtOverlap().toInstant();
  }
}
