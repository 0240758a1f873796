package io.millrace.flow.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiPredicate;

/**
 * The changes of one key in the order in which they happened at their source: by time, then by
 * position (none comes first), then as they arrived. Folds them into versions: an interval begins
 * where the row came, went, or changed in a column that is tracked; of several changes at one
 * instant the last counts, since the others were true for no time. Where a change comes late the
 * interval that it falls into is split. Where rows expire, an interval ends as long after the last
 * change that set the row. Not thread-safe.
 *
 * @param <R> a row
 */
final class Timeline<R> {
  /** {@link Version#to} of the version that still holds. */
  static final long OPEN = Long.MAX_VALUE;

  /**
   * What a change left behind.
   *
   * @param time microseconds since the epoch
   * @param position of two changes at one time the greater comes later; null without one
   * @param row null where the change was a delete
   */
  record Change<R>(long time, Long position, R row) {
    private static final Comparator<Change<?>> ORDER =
        Comparator.<Change<?>>comparingLong(Change::time)
            .thenComparing(
                Change::position, Comparator.nullsFirst(Comparator.<Long>naturalOrder()));

    boolean isBefore(Change<?> other) {
      return ORDER.compare(this, other) < 0;
    }
  }

  /** A row that held from one instant (inclusive) to another (exclusive), in microseconds. */
  record Version<R>(long from, long to, R row) {}

  private static final long NO_CLOCK = Long.MIN_VALUE;

  private final BiPredicate<R, R> same;
  private final List<Change<R>> changes;

  /** Where the first change of all goes on with a version, when that began. */
  private final Long began;

  private Timeline(BiPredicate<R, R> same, List<Change<R>> changes, Long began) {
    this.same = same;
    this.changes = changes;
    this.began = began;
  }

  /**
   * @param same whether no tracked column of two rows differs
   * @param changes those known so far, in order; taken over
   */
  Timeline(BiPredicate<R, R> same, List<Change<R>> changes) {
    this(same, changes, null);
  }

  /** Of the last change alone, whose version began earlier: of what follows on it. */
  static <R> Timeline<R> after(BiPredicate<R, R> same, Change<R> last, long began) {
    return new Timeline<>(same, new ArrayList<>(List.of(last)), began);
  }

  /**
   * Takes one more change, early or late. False where it is known already: a source that starts
   * anew tells again what has the same time and position.
   */
  boolean add(Change<R> change) {
    int at = changes.size();
    while (at > 0 && change.isBefore(changes.get(at - 1))) {
      at--;
    }
    if (change.position() != null && at > 0 && !changes.get(at - 1).isBefore(change)) {
      return false;
    }
    changes.add(at, change);
    return true;
  }

  /**
   * The change, not before any of those that are known with a smaller position: for a source whose
   * positions tell in which order changes happened, while its clock is coarse, or another one for
   * what it reads whole.
   */
  Change<R> inOrder(Change<R> change) {
    long time = change.time();
    for (Change<R> known : changes) {
      if (known.position() < change.position()) {
        time = Math.max(time, known.time());
      }
    }
    return time == change.time() ? change : new Change<>(time, change.position(), change.row());
  }

  List<Change<R>> changes() {
    return changes;
  }

  /** The versions, oldest first, where rows do not expire. */
  List<Version<R>> versions() {
    return versions(NO_CLOCK, OPEN);
  }

  /**
   * The versions, oldest first.
   *
   * @param now in microseconds since the epoch: what expires later is open still
   * @param expire how long a row holds that no change sets again, in microseconds; {@link #OPEN}:
   *     for ever
   */
  List<Version<R>> versions(long now, long expire) {
    List<Version<R>> versions = new ArrayList<>();
    R row = null;
    long from = 0;
    long expires = OPEN;
    for (int i = 0; i < changes.size(); i++) {
      Change<R> change = changes.get(i);
      if (i + 1 < changes.size() && changes.get(i + 1).time() == change.time()) {
        continue;
      }
      if (row != null && expires < change.time()) {
        versions.add(new Version<>(from, expires, row));
        row = null;
      }
      boolean goesOn = row != null && change.row() != null && same.test(row, change.row());
      if (!goesOn) {
        if (row != null) {
          versions.add(new Version<>(from, change.time(), row));
        }
        from = i == 0 && began != null ? began : change.time();
      }
      // What is not tracked is kept as it was last, without a version of its own.
      row = change.row();
      expires = expire == OPEN ? OPEN : change.time() + expire;
    }
    if (row != null) {
      versions.add(new Version<>(from, expires <= now ? expires : OPEN, row));
    }
    return versions;
  }
}
