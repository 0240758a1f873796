package io.millrace.flow.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.flow.history.Timeline.Change;
import io.millrace.flow.history.Timeline.Version;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimelineTest {
  /** A row of a tracked column and one that is not. */
  private record Row(String tracked, int other) {}

  private static Timeline<Row> timeline() {
    return new Timeline<>((a, b) -> a.tracked().equals(b.tracked()), new ArrayList<>());
  }

  private static Change<Row> change(long time, String tracked) {
    return new Change<>(time, null, tracked == null ? null : new Row(tracked, 0));
  }

  private static List<String> texts(Timeline<Row> timeline) {
    return timeline.versions().stream()
        .map(
            version ->
                version.from()
                    + "-"
                    + (version.to() == Timeline.OPEN ? "" : version.to())
                    + " "
                    + version.row().tracked())
        .toList();
  }

  @Test
  void lateChangeSplitsTheIntervalItFallsInto() {
    Timeline<Row> timeline = timeline();
    timeline.add(change(10, "a"));
    timeline.add(change(30, "c"));
    assertThat(texts(timeline)).containsExactly("10-30 a", "30- c");
    timeline.add(change(20, "b"));
    assertThat(texts(timeline)).containsExactly("10-20 a", "20-30 b", "30- c");
  }

  @Test
  void deleteClosesAndInsertAfterItOpens() {
    Timeline<Row> timeline = timeline();
    timeline.add(change(10, "a"));
    timeline.add(change(20, null));
    timeline.add(change(30, "a"));
    assertThat(texts(timeline)).containsExactly("10-20 a", "30- a");
  }

  @Test
  void changeOfNothingTrackedMakesNoVersionButIsKept() {
    Timeline<Row> timeline = timeline();
    timeline.add(new Change<>(10, null, new Row("a", 1)));
    timeline.add(new Change<>(20, null, new Row("a", 2)));
    assertThat(timeline.versions())
        .containsExactly(new Version<>(10, Timeline.OPEN, new Row("a", 2)));
    timeline.add(change(15, "b"));
    assertThat(texts(timeline)).containsExactly("10-15 a", "15-20 b", "20- a");
  }

  @Test
  void ofTwoChangesAtOneInstantTheGreaterPositionCountsWhicheverComesFirst() {
    Timeline<Row> timeline = timeline();
    timeline.add(new Change<>(10, 2L, new Row("second", 0)));
    timeline.add(new Change<>(10, 1L, new Row("first", 0)));
    assertThat(texts(timeline)).containsExactly("10- second");
    assertThat(timeline.add(new Change<>(10, 1L, new Row("again", 0)))).isFalse();
    assertThat(timeline.changes()).hasSize(2);
  }

  /** The oracle asks of each instant what the newest change up to it left behind, and how long. */
  @Test
  void versionsAreWhatTheRowWasAtEachInstantInWhateverOrderChangesCome() {
    for (int seed = 0; seed < 4000; seed++) {
      Random random = new Random(seed);
      List<Change<Row>> changes = new ArrayList<>();
      int size = random.nextInt(12);
      for (int i = 0; i < size; i++) {
        Row row =
            random.nextInt(4) == 0
                ? null
                : new Row(String.valueOf((char) ('a' + random.nextInt(3))), random.nextInt(3));
        changes.add(new Change<>(random.nextInt(15), (long) i, row));
      }
      List<Change<Row>> shuffled = new ArrayList<>(changes);
      Collections.shuffle(shuffled, random);
      Timeline<Row> timeline = timeline();
      shuffled.forEach(timeline::add);
      long expire = seed % 2 == 0 ? Timeline.OPEN : 1 + random.nextInt(6);
      long now = 15 + random.nextInt(6);
      List<Version<Row>> versions = timeline.versions(now, expire);
      for (long instant = -1; instant <= now; instant++) {
        assertThat(heldAt(versions, instant))
            .as("seed %d at %d of %s, expiring after %d", seed, instant, changes, expire)
            .isEqualTo(truthAt(changes, instant, expire));
      }
      for (int i = 1; i < versions.size(); i++) {
        Version<Row> before = versions.get(i - 1);
        Version<Row> after = versions.get(i);
        boolean gap = before.to() < after.from();
        boolean differs = !before.row().tracked().equals(after.row().tracked());
        assertThat(before.to() <= after.from() && (gap || differs))
            .as("seed %d: %s and %s", seed, before, after)
            .isTrue();
      }
    }
  }

  @Test
  void rowsExpireByTheLastChangeThatSetThemWhetherItMadeAVersionOrNot() {
    Timeline<Row> timeline = timeline();
    timeline.add(change(10, "a"));
    timeline.add(change(17, "a"));
    timeline.add(change(40, "a"));
    assertThat(timeline.versions(44, 10))
        .containsExactly(
            new Version<>(10, 27, new Row("a", 0)),
            new Version<>(40, Timeline.OPEN, new Row("a", 0)));
    assertThat(timeline.versions(50, 10))
        .containsExactly(
            new Version<>(10, 27, new Row("a", 0)), new Version<>(40, 50, new Row("a", 0)));
  }

  /**
   * A coarse clock, another clock for what was there first, and a connector that tells again from
   * an earlier place after a crash: the row goes through what its positions say.
   */
  @Test
  void timesFollowPositionsWhereThoseTellTheOrder() {
    for (int seed = 0; seed < 2000; seed++) {
      Random random = new Random(seed);
      List<Change<Row>> told = new ArrayList<>();
      long clock = 20;
      for (long position = 0; position < 1 + random.nextInt(8); position++) {
        clock += random.nextInt(4);
        long time = position == 0 ? clock + random.nextInt(10) : clock / 10 * 10;
        Row row =
            random.nextInt(4) == 0 ? null : new Row(String.valueOf((char) ('a' + position)), 0);
        told.add(new Change<>(time, position, row));
      }
      List<Change<Row>> truth = new ArrayList<>();
      long newest = 0;
      for (Change<Row> change : told) {
        newest = Math.max(newest, change.time());
        truth.add(new Change<>(newest, change.position(), change.row()));
      }
      Timeline<Row> timeline = timeline();
      for (int next = 0; next < told.size(); next++) {
        if (random.nextInt(3) == 0) {
          next = random.nextInt(next + 1);
        }
        timeline.add(timeline.inOrder(told.get(next)));
      }
      assertThat(timeline.changes()).as("seed %d", seed).isEqualTo(truth);
      assertThat(timeline.inOrder(told.get(0))).isSameAs(told.get(0));
    }
  }

  private static String heldAt(List<Version<Row>> versions, long instant) {
    List<String> held =
        versions.stream()
            .filter(version -> version.from() <= instant && instant < version.to())
            .map(version -> version.row().tracked())
            .toList();
    assertThat(held).hasSizeLessThan(2);
    return held.isEmpty() ? null : held.get(0);
  }

  private static String truthAt(List<Change<Row>> changes, long instant, long expire) {
    Change<Row> newest = null;
    for (Change<Row> change : changes) {
      boolean later =
          newest == null
              || change.time() > newest.time()
              || change.time() == newest.time() && change.position() > newest.position();
      if (change.time() <= instant && later) {
        newest = change;
      }
    }
    return newest == null || newest.row() == null || instant - newest.time() >= expire
        ? null
        : newest.row().tracked();
  }

  /** What {@link HistoryFunction} relies on: behind the newest change nothing older can alter. */
  @Test
  void changeInOrderAltersNoVersionButTheOneThatTheNewestLeftOpen() {
    for (int seed = 0; seed < 1000; seed++) {
      Random random = new Random(seed);
      Timeline<Row> whole = timeline();
      Change<Row> newest = null;
      long began = 0;
      long expire = seed % 2 == 0 ? Timeline.OPEN : 1 + random.nextInt(4);
      long now = 0;
      for (int step = 0; step < 30; step++) {
        long time = (newest == null ? 0 : newest.time()) + 1 + random.nextInt(3);
        Row row = random.nextInt(4) == 0 ? null : new Row("ab".substring(random.nextInt(2)), step);
        Change<Row> change = new Change<>(time, (long) step, row);
        List<Version<Row>> before = whole.versions(now, expire);
        whole.add(change);
        now = Math.max(now, time + random.nextInt(5) - 2);
        List<Version<Row>> after = whole.versions(now, expire);
        if (newest != null) {
          Timeline<Row> end =
              Timeline.after((a, b) -> a.tracked().equals(b.tracked()), newest, began);
          int open = end.versions().size();
          end.add(change);
          List<Version<Row>> expected = new ArrayList<>(before.subList(0, before.size() - open));
          expected.addAll(end.versions(now, expire));
          assertThat(after).as("seed %d, step %d", seed, step).isEqualTo(expected);
        }
        newest = change;
        began = row == null ? time : after.get(after.size() - 1).from();
      }
    }
  }
}
