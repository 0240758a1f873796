package io.millrace.sink.snowflake;

import io.millrace.model.MillraceException;
import io.millrace.model.Settings;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What has to be there before a sink can write, and whether it is. Stateless and thread-safe. */
public final class SnowflakeSetup {
  private SnowflakeSetup() {}

  /** Commands that make a key pair: {@code rsa_key.p8}, encrypted, and {@code rsa_key.pub}. */
  public static List<String> keyPair() {
    return List.of(
        "openssl genrsa 2048 | openssl pkcs8 -topk8 -v2 aes256 -out rsa_key.p8",
        "openssl rsa -in rsa_key.p8 -pubout -out rsa_key.pub",
        "chmod 600 rsa_key.p8");
  }

  /** Statements for an administrator; the names are written as they are given. */
  public static List<String> statements(
      String user, String role, String warehouse, String database, String schema) {
    String place = database + "." + schema;
    return List.of(
        "CREATE ROLE IF NOT EXISTS " + role + ";",
        "CREATE WAREHOUSE IF NOT EXISTS "
            + warehouse
            + " WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60;",
        "CREATE DATABASE IF NOT EXISTS " + database + ";",
        "CREATE SCHEMA IF NOT EXISTS " + place + ";",
        "GRANT USAGE ON WAREHOUSE " + warehouse + " TO ROLE " + role + ";",
        "GRANT USAGE ON DATABASE " + database + " TO ROLE " + role + ";",
        "GRANT USAGE, CREATE TABLE, CREATE STAGE, CREATE FILE FORMAT ON SCHEMA "
            + place
            + " TO ROLE "
            + role
            + ";",
        "CREATE USER IF NOT EXISTS "
            + user
            + " TYPE = SERVICE DEFAULT_ROLE = "
            + role
            + " DEFAULT_WAREHOUSE = "
            + warehouse
            + ";",
        "ALTER USER "
            + user
            + " SET RSA_PUBLIC_KEY = '<rsa_key.pub without its first and last line>';",
        "GRANT ROLE " + role + " TO USER " + user + ";");
  }

  /**
   * Goes through what a sink does at its start, telling of each step before the next is tried.
   * Throws INVALID_OPTION or SINK_FAILED at the first that fails.
   *
   * @param options the login's WITH keys by their plain names
   */
  public static void check(Map<String, String> options, Consumer<String> steps) {
    Login login = Login.of(Settings.of("the login", options, Login.SETTINGS));
    steps.accept("the private key can be read");
    step(
        "Cannot log in",
        () -> {
          try (Session session = new Session(login)) {
            steps.accept("the login is accepted");
            String probe = "MILLRACE_PROBE";
            step(
                "Cannot make a stage",
                () -> session.execute("CREATE STAGE IF NOT EXISTS " + probe));
            step("Cannot drop a stage", () -> session.execute("DROP STAGE IF EXISTS " + probe));
            steps.accept("stages can be made in " + login.database() + "." + login.schema());
            step(
                "Cannot make a table",
                () -> session.execute("CREATE TABLE IF NOT EXISTS " + probe + " (N NUMBER(38,0))"));
            steps.accept("tables can be made");
            step(
                "Cannot change rows in a transaction",
                () ->
                    session.inTransaction(
                        () -> session.update("INSERT INTO " + probe + " VALUES (1)")));
            step("Cannot drop a table", () -> session.execute("DROP TABLE IF EXISTS " + probe));
            steps.accept("the warehouse runs, and a transaction commits");
          }
        });
  }

  private interface Step {
    void run() throws SQLException;
  }

  private static void step(String failing, Step step) throws MillraceException {
    try {
      step.run();
    } catch (SQLException e) {
      throw Failures.refused(failing, e);
    }
  }
}
