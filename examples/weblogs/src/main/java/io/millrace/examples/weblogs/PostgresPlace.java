package io.millrace.examples.weblogs;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A real PostgreSQL, read by pgjdbc. */
final class PostgresPlace implements Destination {
  private final EmbeddedPostgres server;
  private final Network network;

  PostgresPlace() throws IOException {
    server = EmbeddedPostgres.builder().start();
    network = new Network(server.getPort());
  }

  @Override
  public String title() {
    return "PostgreSQL";
  }

  @Override
  public String sink(String from) {
    return from + "_postgres";
  }

  @Override
  public String create(String from, String trigger) {
    return "CREATE SINK %s FROM %s INTO jdbc WITH ('url' = '%s', 'table' = '%s', 'trigger' = '%s');"
        .formatted(
            sink(from),
            from,
            server
                .getJdbcUrl("postgres", "postgres")
                .replace(":" + server.getPort(), ":" + network.port()),
            from,
            trigger);
  }

  @Override
  public Network network() {
    return network;
  }

  @Override
  public void read(String from, List<String> columns, Consumer<String> line) throws SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection()) {
      TextSql.read(
          connection,
          "SELECT " + TextSql.line(columns, UnaryOperator.identity()) + " FROM " + from,
          line);
    }
  }

  @Override
  public void close() throws IOException {
    network.close();
    server.close();
  }
}
