package io.millrace.sink.jdbc;

import io.millrace.testserver.mariadb.MariaDbServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A database of its own in a MariaDB server. */
final class MariaDbMart extends MartFixture {
  private final MariaDbServer server;
  private final String name;

  /** Makes the database. */
  MariaDbMart(MariaDbServer server, String name) throws SQLException {
    super(server.url(name));
    this.server = server;
    this.name = name;
    server.execute("CREATE DATABASE " + name);
  }

  @Override
  public boolean holds(Object value) {
    return !(value instanceof Float number && !Float.isFinite(number)
        || value instanceof Double wide && !Double.isFinite(wide));
  }

  /** MariaDB was seen to give back a negative zero as zero. */
  @Override
  public Object kept(Object value) {
    return value instanceof Double number && number == 0 ? (Object) 0.0 : value;
  }

  @Override
  public boolean cut() throws SQLException {
    List<Long> connections = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection(server.url(""));
        Statement statement = connection.createStatement();
        ResultSet found =
            statement.executeQuery(
                "SELECT id FROM information_schema.processlist WHERE db = '" + name + "'")) {
      while (found.next()) {
        connections.add(found.getLong(1));
      }
    }
    for (long id : connections) {
      server.execute("KILL CONNECTION " + id);
    }
    return true;
  }
}
