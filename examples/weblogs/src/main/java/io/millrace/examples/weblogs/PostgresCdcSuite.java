package io.millrace.examples.weblogs;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** {@link CdcSuite} with PostgreSQL: each version from the commit that began it to its end's. */
final class PostgresCdcSuite extends CdcSuite {
  /**
   * Transactions take their time before they are written to the log: one that is written after a
   * later one is told with the time of that. Longer than any that was seen.
   */
  private static final long LATER_MICROS = 2_000_000;

  @Override
  public String name() {
    return "cdc";
  }

  @Override
  public String description() {
    return "PostgreSQL's changes; server, database, network killed";
  }

  @Override
  Database database(Path folder) throws IOException, InterruptedException {
    PostgresProcess database = new PostgresProcess(folder);
    database.start();
    return database;
  }

  @Override
  Shop shop(Database database, int keys, int staff) {
    return new PostgresShop(database, keys, staff, Duration.ZERO);
  }

  @Override
  String source(int port, String stateBackend) {
    return ("CREATE SOURCE shop FROM postgres INTO PREFIX shop_ WITH ('url' ="
            + " 'jdbc:postgresql://127.0.0.1:%d/postgres', 'user' = 'postgres', 'tables' ="
            + " 'customers, audit', 'heartbeat' = '200 ms', 'state.backend' = '%s');")
        .formatted(port, stateBackend);
  }

  @Override
  void compareHistory(
      List<Shop.Change> audit, Map<Integer, List<Version>> found, long since, List<String> wrong) {
    Map<Integer, List<Version>> expected = versions(audit, since);
    for (int id : union(expected, found)) {
      List<Version> should = expected.getOrDefault(id, List.of());
      List<Version> is = new ArrayList<>();
      found.getOrDefault(id, List.of()).forEach(version -> add(is, version, since));
      boolean same = should.size() == is.size();
      for (int i = 0; same && i < should.size(); i++) {
        same =
            should.get(i).line().equals(is.get(i).line())
                && isAt(should.get(i).from(), is.get(i).from())
                && isAt(should.get(i).to(), is.get(i).to())
                && (i == 0 || is.get(i - 1).to() <= is.get(i).from());
      }
      if (!same && wrong.size() < DIFFERENCES) {
        wrong.add("history of " + id + ": " + is + ", not " + should);
      }
    }
  }

  private static Map<Integer, List<Version>> versions(List<Shop.Change> audit, long since) {
    Map<Integer, List<Version>> all = new TreeMap<>();
    int id = -1;
    String held = null;
    long from = 0;
    for (Shop.Change change : audit) {
      if (!change.last()) {
        continue;
      }
      if (change.id() != id) {
        add(of(all, id), new Version(held, from, Long.MAX_VALUE), since);
        id = change.id();
        held = null;
      }
      if (!Objects.equals(held, change.line())) {
        add(of(all, id), new Version(held, from, change.micros()), since);
        held = change.line();
        from = change.micros();
      }
    }
    add(of(all, id), new Version(held, from, Long.MAX_VALUE), since);
    return all;
  }

  private static List<Version> of(Map<Integer, List<Version>> all, int id) {
    return all.computeIfAbsent(id, i -> new ArrayList<>());
  }

  /** What held at the time since is taken to have begun then. */
  private static void add(List<Version> versions, Version one, long since) {
    if (one.line() != null && one.to() > since) {
      versions.add(new Version(one.line(), Math.max(one.from(), since), one.to()));
    }
  }

  private static boolean isAt(long should, long is) {
    return should == is || should < is && is != Long.MAX_VALUE && is - should < LATER_MICROS;
  }
}
