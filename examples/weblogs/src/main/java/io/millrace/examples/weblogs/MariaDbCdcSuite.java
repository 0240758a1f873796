package io.millrace.examples.weblogs;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * {@link CdcSuite} with MariaDB, whose log has the time of each statement in whole seconds, never
 * told smaller than one before: what held for longer than that can blur must be one version in the
 * history, and every version have been a row at about its time.
 */
final class MariaDbCdcSuite extends CdcSuite {
  /** How much earlier than its statement a change may be told. */
  private static final long EARLIER_MICROS = 1_000_000;

  /** How much later: a transaction is written after others that began after it. */
  private static final long LATER_MICROS = 3_000_000;

  @Override
  public String name() {
    return "cdc-mariadb";
  }

  @Override
  public String description() {
    return "MariaDB's changes; server, database, network killed";
  }

  @Override
  Database database(Path folder) throws IOException, InterruptedException, SQLException {
    return new MariaDbProcess(folder);
  }

  @Override
  Shop shop(Database database, int keys, int staff) {
    return new MariaDbShop(database, keys, staff, Duration.ZERO);
  }

  @Override
  String source(int port, String stateBackend) {
    return ("CREATE SOURCE shop FROM mysql INTO PREFIX shop_ WITH ('url' ="
            + " 'jdbc:mariadb://127.0.0.1:%d/shop', 'user' = 'root', 'tables' = 'customers, audit',"
            + " 'heartbeat' = '200 ms', 'state.backend' = '%s');")
        .formatted(port, stateBackend);
  }

  @Override
  void compareHistory(
      List<Shop.Change> audit, Map<Integer, List<Version>> found, long since, List<String> wrong) {
    Map<Integer, TreeMap<Long, Shop.Change>> expected = new TreeMap<>();
    for (Shop.Change change : audit) {
      expected.computeIfAbsent(change.id(), id -> new TreeMap<>()).put(change.micros(), change);
    }
    int stood = 0;
    for (int id : union(expected, found)) {
      List<Version> is = found.getOrDefault(id, List.of());
      TreeMap<Long, Shop.Change> should = expected.getOrDefault(id, new TreeMap<>());
      boolean right = areApart(is) && is.stream().allMatch(v -> wasAbout(v, should, since));
      for (Shop.Change change : should.values()) {
        Long next = should.higherKey(change.micros());
        long from = Math.max(change.micros() + LATER_MICROS, since);
        long to = next == null ? Long.MAX_VALUE : next - EARLIER_MICROS;
        if (from < to) {
          stood += next == null ? 0 : 1;
          right &= Objects.equals(change.line(), onlyLine(is, from, to));
        }
      }
      if (!right && wrong.size() < DIFFERENCES) {
        wrong.add("history of " + id + ": " + is + ", not as of " + should.values());
      }
    }
    if (stood == 0) {
      wrong.add("no version that ended stood long enough to be compared");
    }
  }

  private static boolean areApart(List<Version> versions) {
    for (int i = 1; i < versions.size(); i++) {
      if (versions.get(i - 1).to() > versions.get(i).from()) {
        return false;
      }
    }
    return true;
  }

  private static boolean wasAbout(Version version, TreeMap<Long, Shop.Change> changes, long since) {
    return version.from() <= since
        || changes
            .subMap(version.from() - LATER_MICROS, version.from() + EARLIER_MICROS)
            .values()
            .stream()
            .anyMatch(change -> version.line().equals(change.line()));
  }

  /** What alone held all that time, null for no row. */
  private static String onlyLine(List<Version> versions, long from, long to) {
    List<Version> some = versions.stream().filter(v -> v.from() < to && v.to() > from).toList();
    if (some.isEmpty()) {
      return null;
    }
    Version first = some.get(0);
    return some.size() == 1 && first.from() <= from && first.to() >= to
        ? first.line()
        : "not one: " + some;
  }
}
