package io.millrace.examples.mdm;

import io.millrace.dist.SingleProcess;
import io.millrace.examples.weblogs.ConductorSql;
import io.millrace.examples.weblogs.DemoCommand;
import io.millrace.examples.weblogs.Folders;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Two systems know the same people: a CRM, whose changes are followed, and billing, which is read
 * by the clock. A rule in SQL makes one golden customer of them, with history. At the end the
 * golden table is compared with the same rule run in the database, and its history with itself.
 */
@Command(
    name = "mdm",
    description = "Merges customers of two systems into one golden table.",
    mixinStandardHelpOptions = true)
public final class MdmDemo implements Callable<Integer> {
  private static final Duration SETTLING = Duration.ofSeconds(90);
  private static final int PEOPLE = 200;

  /** The same rule in PostgreSQL's words. */
  private static final String RULE =
      "SELECT party || '|' || coalesce(max(name) FILTER (WHERE origin = 'crm'), max(name)) || '|' ||"
          + " coalesce(max(city) FILTER (WHERE origin = 'billing'), max(city)) || '|' ||"
          + " substring(max(to_char(updated_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSMS') || phone)"
          + " FROM 18) || '|' || coalesce(max(origin_id) FILTER (WHERE origin = 'crm'), '') || '|'"
          + " || coalesce(max(origin_id) FILTER (WHERE origin = 'billing'), '') FROM (SELECT"
          + " lower(trim(email)) AS party, 'crm' AS origin, id::text AS origin_id, name, phone, city,"
          + " updated_at FROM crm.customers UNION ALL SELECT lower(trim(email)), 'billing',"
          + " account_no, holder, phone, city, changed_at FROM billing.accounts) parties GROUP BY"
          + " party ORDER BY 1";

  private static final String GOLDEN =
      "SELECT party || '|' || name || '|' || city || '|' || phone || '|' || coalesce(crm_id, '') ||"
          + " '|' || coalesce(account_no, '') FROM customers ORDER BY 1";

  private static final String[] TABLES = {
    "CREATE SCHEMA crm",
    "CREATE SCHEMA billing",
    "CREATE TABLE crm.customers (id int PRIMARY KEY, name text NOT NULL, email text NOT NULL, phone"
        + " text NOT NULL, city text NOT NULL, updated_at timestamptz NOT NULL)",
    "ALTER TABLE crm.customers REPLICA IDENTITY FULL",
    "CREATE TABLE billing.accounts (account_no text PRIMARY KEY, holder text NOT NULL, email text"
        + " NOT NULL, phone text NOT NULL, city text NOT NULL, changed_at timestamptz NOT NULL)"
  };

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "20",
      description = "How long the two systems change (default: 20).")
  private int seconds;

  @Option(names = "--seed", defaultValue = "42", description = "Seed of the changes (default: 42).")
  private long seed;

  /** The entry point of {@code millrace demo mdm}. */
  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new MdmDemo()).setCommandName("millrace demo mdm").execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    Path folder = Files.createTempDirectory("millrace-mdm");
    try (EmbeddedPostgres database =
        EmbeddedPostgres.builder()
            .setDataDirectory(folder.resolve("postgres"))
            .setServerConfig("wal_level", "logical")
            .start()) {
      return run(folder, database);
    } finally {
      Folders.delete(folder);
    }
  }

  private int run(Path folder, EmbeddedPostgres database) throws Exception {
    try (Connection connection = database.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : TABLES) {
        statement.execute(sql);
      }
      SplittableRandom random = new SplittableRandom(seed);
      for (int i = 0; i < PEOPLE; i++) {
        statement.execute(change(random));
      }
      try (SingleProcess server = DemoCommand.server(folder)) {
        ConductorSql sql = new ConductorSql(server.conductor());
        sql.script(script(database.getPort(), "'every' = '1 second'"));
        System.out.println(
            "  crm.customers by its changes, billing.accounts each second -> customers");
        System.out.println("  try: millrace sql --url " + server.url().orElseThrow());
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        int changes = 0;
        while (System.nanoTime() < end) {
          statement.execute(change(random));
          changes++;
          Thread.sleep(20);
        }
        System.out.printf("%,d changes in the two systems.%n", changes);
        return settle(sql, statement);
      }
    }
  }

  /** The statements, {@code schedule} being when billing is read. */
  static String script(int port, String schedule) throws IOException {
    try (InputStream in = MdmDemo.class.getResourceAsStream("golden.sql")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .replace("${url}", "jdbc:postgresql://127.0.0.1:" + port + "/postgres")
          .replace("${schedule}", schedule);
    }
  }

  /** Somebody is entered, corrected or removed in one of the two, under an address of their own. */
  private static String change(SplittableRandom random) {
    int person = random.nextInt(PEOPLE);
    String email = "person" + person + "@example.org";
    String city = List.of("Kyiv", "Lviv", "Odesa", "Rome").get(random.nextInt(4));
    String phone = "+380-" + random.nextInt(1000, 10_000);
    if (random.nextInt(10) == 0) {
      return random.nextBoolean()
          ? "DELETE FROM crm.customers WHERE id = " + person
          : "DELETE FROM billing.accounts WHERE account_no = 'A" + person + "'";
    }
    return random.nextBoolean()
        ? "INSERT INTO crm.customers VALUES (%d, 'Person %d', ' %s', '%s', '%s', clock_timestamp())"
                .formatted(person, person, email.toUpperCase(Locale.ROOT), phone, city)
            + " ON CONFLICT (id) DO UPDATE SET phone = excluded.phone, city = excluded.city,"
            + " updated_at = excluded.updated_at"
        : "INSERT INTO billing.accounts VALUES ('A%d', 'P. %d', '%s', '%s', '%s', clock_timestamp())"
                .formatted(person, person, email, phone, city)
            + " ON CONFLICT (account_no) DO UPDATE SET phone = excluded.phone, city ="
            + " excluded.city, changed_at = excluded.changed_at";
  }

  private static int settle(ConductorSql sql, Statement database)
      throws SQLException, InterruptedException {
    List<String> expected = new ArrayList<>();
    try (ResultSet rows = database.executeQuery(RULE)) {
      while (rows.next()) {
        expected.add(rows.getString(1));
      }
    }
    long deadline = System.nanoTime() + SETTLING.toNanos();
    List<String> golden = lines(sql, GOLDEN);
    while (!(golden.equals(expected) && lines(sql, OPEN).equals(golden))
        && System.nanoTime() < deadline) {
      Thread.sleep(200);
      golden = lines(sql, GOLDEN);
    }
    long versions = count(sql, "SELECT count(*) FROM \"customers$history\"");
    long overlaps = count(sql, OVERLAPS);
    boolean exact =
        golden.equals(expected)
            && lines(sql, OPEN).equals(golden)
            && versions > golden.size()
            && overlaps == 0;
    System.out.printf(
        "%,d golden customers, %,d versions of them, %d of which overlap.%n%s%n",
        golden.size(),
        versions,
        overlaps,
        exact
            ? "Equal to the same rule in the database, row by row."
            : "NOT equal to the same rule in the database: see " + expected + " and " + golden);
    return exact ? 0 : 1;
  }

  /** The current versions, which are the table's rows. */
  private static final String OPEN =
      GOLDEN.replace("FROM customers", "FROM \"customers$history\" WHERE is_current");

  private static final String OVERLAPS =
      "SELECT count(*) FROM (SELECT valid_to, lead(valid_from) OVER (PARTITION BY party ORDER BY"
          + " valid_from) AS next FROM \"customers$history\") WHERE valid_to IS NULL AND next IS NOT"
          + " NULL OR valid_to > next";

  private static List<String> lines(ConductorSql sql, String select) {
    return sql.rows(select).stream().map(row -> String.valueOf(row[0])).toList();
  }

  private static long count(ConductorSql sql, String select) {
    return ((Number) sql.rows(select).get(0)[0]).longValue();
  }
}
