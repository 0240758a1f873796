package io.millrace.examples.weblogs;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A {@link Shop} in PostgreSQL, which keeps the time of each commit. It has {@code orders}, too.
 */
final class PostgresShop extends Shop {
  private static final String[] CREATE = {
    "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, balance numeric(12,2), notes"
        + " text)",
    "ALTER TABLE customers REPLICA IDENTITY FULL",
    "CREATE TABLE orders (customer int, number bigserial, amount numeric(12,2), ordered_at"
        + " timestamptz NOT NULL, PRIMARY KEY (customer, number))",
    "ALTER TABLE orders REPLICA IDENTITY FULL",
    "CREATE TABLE audit (seq bigserial PRIMARY KEY, id int NOT NULL, row text)",
    "ALTER TABLE audit REPLICA IDENTITY FULL",
    "CREATE FUNCTION line(c customers) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT c.id || '|'"
        + " || c.name || '|' || coalesce(c.balance::text, '') || '|' || coalesce(md5(c.notes), '')"
        + " $$",
    "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        + " IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR OLD.id <> NEW.id) THEN"
        + " INSERT INTO audit (id, row) VALUES (OLD.id, NULL); END IF;"
        + " IF TG_OP <> 'DELETE' THEN INSERT INTO audit (id, row) VALUES (NEW.id, line(NEW));"
        + " END IF; RETURN NULL; END $$",
    "CREATE TRIGGER keep AFTER INSERT OR UPDATE OR DELETE ON customers FOR EACH ROW EXECUTE"
        + " FUNCTION keep()"
  };

  PostgresShop(Database database, int keys, int staff, Duration between) {
    super(database, keys, staff, between);
  }

  @Override
  void create() throws SQLException {
    database().execute(CREATE);
  }

  @Override
  String orReplace() {
    return "ON CONFLICT (id) DO UPDATE SET balance = EXCLUDED.balance, name = EXCLUDED.name";
  }

  @Override
  String longText(int length) {
    return "(SELECT string_agg(md5(random()::text), '') FROM generate_series(1, "
        + length / 32
        + "))";
  }

  @Override
  List<Change> changes() throws SQLException {
    return changes(
        "SELECT id, (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint, row,"
            + " next IS DISTINCT FROM xmin::text FROM (SELECT *, xmin, lead(xmin::text) OVER"
            + " (PARTITION BY id ORDER BY seq) AS next FROM audit) a ORDER BY id, seq");
  }

  @Override
  List<String> lines() throws SQLException {
    return read("SELECT line(c) FROM customers c ORDER BY id");
  }

  /** The rows there were. */
  List<String> linesAt(Instant then) throws SQLException {
    return read(
        "SELECT row FROM (SELECT DISTINCT ON (id) id, row FROM audit WHERE"
            + " pg_xact_commit_timestamp(xmin) <= '"
            + then
            + "' ORDER BY id, seq DESC) a WHERE row IS NOT NULL ORDER BY id");
  }

  /** Somebody, who may be no customer any more, orders something. */
  void order(SplittableRandom random) throws SQLException {
    database()
        .execute(
            "INSERT INTO orders (customer, amount, ordered_at) VALUES (%d, %d, clock_timestamp())"
                .formatted(random.nextInt(keys()), random.nextInt(100)));
  }

  /** Each order with the name and balance that its customer had then. */
  List<String> ordersAsOf() throws SQLException {
    return read(
        "SELECT o.number || ' ' || split_part(a.row, '|', 2) || ' ' || split_part(a.row, '|', 3) FROM"
            + " orders o, LATERAL (SELECT row FROM audit WHERE id = o.customer AND"
            + " pg_xact_commit_timestamp(xmin) <= o.ordered_at ORDER BY seq DESC LIMIT 1) a WHERE"
            + " a.row IS NOT NULL ORDER BY o.number");
  }
}
