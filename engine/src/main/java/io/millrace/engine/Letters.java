package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.DeadLetters;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.catalog.SinkEntry;
import io.millrace.flow.DeadLetter;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import io.millrace.serving.ResultCursor;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** The table of dead letters as the conductor reads it, and how letters leave it. */
final class Letters {
  private static final Duration CATCH_UP = Duration.ofSeconds(30);

  /** Letters in one transaction. */
  private static final int BATCH = 5_000;

  private static final String SELECT =
      "SELECT statement, stage, topic, \"partition\", \"offset\", refused_at, record_timestamp,"
          + " record_key, record_value, headers FROM "
          + RowChanges.quoted(DeadLetters.NAME.object())
          + " WHERE ";

  private final Parts parts;

  Letters(Parts parts) {
    this.parts = parts;
  }

  private record Kept(DeadLetter letter, Instant refused) {}

  /** How many each statement has, by its name in lower case. */
  Map<String, Long> counts() {
    Map<String, Long> counts = new TreeMap<>();
    try (ResultCursor cursor =
        parts
            .serving()
            .query(
                "SELECT lower(statement), count(*) FROM "
                    + RowChanges.quoted(DeadLetters.NAME.object())
                    + " GROUP BY ALL",
                List.of())) {
      while (cursor.next()) {
        counts.put((String) cursor.value(0), ((Number) cursor.value(1)).longValue());
      }
    }
    return counts;
  }

  /**
   * @param replayed letters that are on their way through their statements
   * @param orphans letters of statements that are no more
   */
  record Outcome(long replayed, long orphans) {}

  /**
   * Sends letters through their statements again. Late rows are left where they are: they went on
   * when they came.
   */
  Outcome replay(String condition, List<Object> parameters) {
    Map<Name, Instant> created = created();
    List<DeadLetter> found = new ArrayList<>();
    long orphans = 0;
    for (Kept kept : read("stage <> 'late' AND (" + condition + ")", parameters)) {
      if (created.containsKey(kept.letter().statement())) {
        found.add(kept.letter());
      } else {
        orphans++;
      }
    }
    take(found, batch -> parts.flow().replay(batch, l -> created.get(l.statement())));
    return new Outcome(found.size(), orphans);
  }

  private Map<Name, Instant> created() {
    CatalogImage image = parts.catalog().image();
    Map<Name, Instant> created = new HashMap<>();
    image.queries().forEach((Query q) -> created.put(q.name(), q.created()));
    image.sinks().forEach((SinkEntry s) -> created.put(s.name(), s.created()));
    return created;
  }

  /**
   * Before a statement of this name runs for the first time: letters of an earlier one whose
   * records it is going to read by itself are taken away, else a replay would double them.
   *
   * @param start its start option
   */
  void removeWhatIsReadAnyway(Name statement, Optional<String> start) {
    Map<String, Optional<Positions>> starts = new HashMap<>();
    List<DeadLetter> found = new ArrayList<>();
    for (Kept kept : read("lower(statement) = ?", List.of(statement.folded()))) {
      DeadLetter letter = kept.letter();
      boolean read =
          starts
              .computeIfAbsent(letter.topic(), topic -> start(topic, start))
              .map(p -> p.offsets().getOrDefault(letter.partition(), Long.MAX_VALUE))
              .filter(offset -> letter.offset() >= offset)
              .isPresent();
      if (read && !isOfAnEarlierTopic(kept)) {
        found.add(letter);
      }
    }
    take(found, parts.flow()::removeDeadLetters);
  }

  private Optional<Positions> start(String topic, Optional<String> start) {
    String from = start.orElse("earliest");
    if (from.equalsIgnoreCase("latest") || parts.log().find(topic).isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        from.equalsIgnoreCase("earliest")
            ? parts.log().beginning(topic)
            : parts.log().at(topic, Instant.parse(from)));
  }

  private boolean isOfAnEarlierTopic(Kept kept) {
    return parts.catalog().image().relations().stream()
        .filter(r -> r.topic().equals(kept.letter().topic()) && !r.foreign())
        .map(Relation::created)
        .anyMatch(created -> kept.refused().isBefore(created));
  }

  private List<Kept> read(String condition, List<Object> parameters) {
    awaitServed(parts.log().end(DeadLetters.NAME.topic()));
    List<Kept> found = new ArrayList<>();
    try (ResultCursor cursor =
        parts
            .serving()
            .query(SELECT + condition + " ORDER BY topic, \"partition\", \"offset\"", parameters)) {
      while (cursor.next()) {
        found.add(new Kept(letter(cursor), (Instant) cursor.value(5)));
      }
    }
    return found;
  }

  @SuppressWarnings("unchecked") // a MAP of BYTES
  private static DeadLetter letter(ResultCursor cursor) {
    Map<String, byte[]> headers = (Map<String, byte[]>) cursor.value(9);
    return new DeadLetter(
        Name.parse((String) cursor.value(0)),
        (String) cursor.value(1),
        (String) cursor.value(2),
        (Integer) cursor.value(3),
        (Long) cursor.value(4),
        (Instant) cursor.value(6),
        (byte[]) cursor.value(7),
        (byte[]) cursor.value(8),
        headers == null ? Map.of() : headers);
  }

  private void take(List<DeadLetter> letters, Function<List<DeadLetter>, Positions> how) {
    for (int first = 0; first < letters.size(); first += BATCH) {
      awaitServed(how.apply(letters.subList(first, Math.min(letters.size(), first + BATCH))));
    }
  }

  /** Whoever reads letters after this finds none that was taken. */
  private void awaitServed(Positions end) {
    if (!parts.serving().awaitPositions(DeadLetters.NAME, end, CATCH_UP)) {
      throw new MillraceException(
          ErrorCode.TIMED_OUT, "Cannot read the dead letters: their serving copy is still behind");
    }
  }
}
