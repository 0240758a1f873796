package io.millrace.examples.weblogs;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** A {@link Shop} in MariaDB, whose audit has the time of each statement. */
final class MariaDbShop extends Shop {
  private static final String LINE =
      "CONCAT({0}id, '|', {0}name, '|', COALESCE({0}balance, ''), '|', COALESCE(MD5({0}notes), ''))";

  MariaDbShop(Database database, int keys, int staff, Duration between) {
    super(database, keys, staff, between);
  }

  private static String line(String row) {
    return LINE.replace("{0}", row);
  }

  @Override
  void create() throws SQLException {
    String gone = "INSERT INTO audit (id, at, line) VALUES (OLD.id, NOW(6), NULL)";
    String there = "INSERT INTO audit (id, at, line) VALUES (NEW.id, NOW(6), " + line("NEW.") + ")";
    database()
        .execute(
            "CREATE TABLE customers (id int PRIMARY KEY, name varchar(200) NOT NULL, balance"
                + " decimal(12,2), notes text)",
            "CREATE TABLE audit (seq bigint AUTO_INCREMENT PRIMARY KEY, id int NOT NULL, at"
                + " datetime(6) NOT NULL, line text)",
            "CREATE TRIGGER added AFTER INSERT ON customers FOR EACH ROW " + there,
            "CREATE TRIGGER removed AFTER DELETE ON customers FOR EACH ROW " + gone,
            "CREATE TRIGGER changed AFTER UPDATE ON customers FOR EACH ROW BEGIN IF OLD.id <>"
                + " NEW.id THEN "
                + gone
                + "; END IF; "
                + there
                + "; END");
  }

  @Override
  String orReplace() {
    return "ON DUPLICATE KEY UPDATE balance = VALUES(balance), name = VALUES(name)";
  }

  @Override
  String longText(int length) {
    return "REPEAT(MD5(RAND()), " + length / 32 + ")";
  }

  @Override
  List<Change> changes() throws SQLException {
    return changes(
        "SELECT id, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', at), line, TRUE FROM audit ORDER BY"
            + " id, seq");
  }

  @Override
  List<String> lines() throws SQLException {
    return read("SELECT " + line("") + " FROM customers ORDER BY id");
  }
}
