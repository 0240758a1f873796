package io.millrace.examples.weblogs;

import io.millrace.testserver.snowflake.SnowflakeKeys;
import io.millrace.testserver.snowflake.SnowflakeServer;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Snowflake's stand-in, read by Snowflake's own driver. */
final class SnowflakePlace implements Destination {
  private final SnowflakeKeys keys;
  private final SnowflakeServer server;
  private final Network network;

  SnowflakePlace(Path folder) throws IOException {
    keys = new SnowflakeKeys(folder);
    server = keys.server(folder);
    network = Network.to(server.url());
  }

  @Override
  public String title() {
    return "Snowflake";
  }

  @Override
  public String sink(String from) {
    return from + "_snowflake";
  }

  @Override
  public String create(String from, String trigger) {
    return Pipeline.snowflakeSink(
        from, "http://localhost:" + network.port(), keys.privateFile(), trigger);
  }

  @Override
  public Network network() {
    return network;
  }

  @Override
  public void read(String from, List<String> columns, Consumer<String> line) throws SQLException {
    try (Connection connection = keys.connect(server.url())) {
      TextSql.read(
          connection,
          "SELECT "
              + TextSql.line(columns, name -> name.toUpperCase(Locale.ROOT))
              + " FROM "
              + from.toUpperCase(Locale.ROOT),
          line);
    }
  }

  @Override
  public void close() throws IOException, SQLException {
    network.close();
    server.close();
  }
}
