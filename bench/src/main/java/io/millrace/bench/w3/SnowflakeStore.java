package io.millrace.bench.w3;

import io.millrace.bench.race.Place;
import io.millrace.testserver.snowflake.SnowflakeKeys;
import io.millrace.testserver.snowflake.SnowflakeServer;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;

/** The process of Snowflake's stand-in; it checks the key pair of whoever loads. */
final class SnowflakeStore {
  static final String TABLE = "WEB_LOGS";

  private SnowflakeStore() {}

  /**
   * Arguments: the folder, which gets the private key. Answers {@code store=URL} and runs until its
   * input ends.
   */
  public static void main(String[] arguments) throws IOException, SQLException {
    Path folder = Path.of(arguments[0]);
    try (SnowflakeServer server = new SnowflakeKeys(folder).server(folder)) {
      System.out.println("store=" + server.url());
      while (System.in.read() >= 0) {
        // Nothing is asked of it.
      }
    }
    System.exit(0);
  }

  static Path keyFile(Place place) {
    return W3.ofStore(place, SnowflakeKeys.PRIVATE_FILE);
  }
}
