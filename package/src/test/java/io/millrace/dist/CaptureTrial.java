package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** What holds for every database whose changes are captured. */
abstract class CaptureTrial extends SourceTrial {
  /** The source's type. */
  abstract String type();

  /** The schema or database in which tables are made. */
  abstract String schema();

  /** Runs statements in the database; a table is named alone. */
  abstract void execute(String... statements) throws SQLException;

  /** Makes updates tell the row before. */
  abstract void logWhole(String table) throws SQLException;

  /** ALTER TABLE customers, so that points gets a type. */
  abstract String retype(String type);

  abstract String with(String tables);

  @Test
  void anIncompatibleChangeStopsItsTableAloneAndLosesNothing() throws SQLException {
    execute(
        "CREATE TABLE customers (id int PRIMARY KEY, points int)",
        "CREATE TABLE orders (id int PRIMARY KEY)",
        "INSERT INTO customers VALUES (1, 10)");
    logWhole("customers");
    shell.run("CREATE SOURCE crm FROM " + type() + " INTO PREFIX crm_" + with("customers, orders"));
    eventually("SELECT * FROM crm_customers", "id,points\n1,10\n");
    execute(
        "UPDATE customers SET points = 11",
        retype("text"),
        "UPDATE customers SET points = 'many'",
        "INSERT INTO customers VALUES (2, '20')",
        "INSERT INTO orders VALUES (1)");
    eventually("SELECT * FROM crm_orders", "id\n1\n");
    eventually("SELECT * FROM crm_customers", "id,points\n1,11\n");
    String table = schema() + ".customers";
    String error =
        table + " stands still: column points became text (STRING) in the source, but is INT here";
    await().atMost(SOON).untilAsserted(() -> assertThat(csv("SHOW SOURCES")).contains(error));
    // Still so after a restart, and while the column is what it is.
    server.close();
    startServer();
    await().atMost(SOON).untilAsserted(() -> assertThat(csv("SHOW SOURCES")).contains(error));
    execute(
        "UPDATE customers SET points = '12' WHERE id = 1",
        retype("int"),
        "INSERT INTO customers VALUES (3, 30)",
        "INSERT INTO orders VALUES (2)");
    eventually("SELECT * FROM crm_orders ORDER BY id", "id\n1\n2\n");
    assertThat(csv("SELECT * FROM crm_customers")).isEqualTo("id,points\n1,11\n");
    assertThat(shell.run("RESUME SOURCE crm")).isEqualTo("Resumed source crm.\n");
    eventually("SELECT * FROM crm_customers ORDER BY id", "id,points\n1,12\n2,20\n3,30\n");
    eventually(
        "SELECT statement, stage, topic, message FROM _millrace_dead_letters",
        "statement,stage,topic,message\ncrm,source,"
            + table
            + ",Cannot take many for column points of type INT\n");
    assertThat(csv("SHOW SOURCES")).doesNotContain("stands still");
    execute("INSERT INTO customers VALUES (4, 40)");
    eventually("SELECT count(*) AS n FROM crm_customers", "n\n4\n");
  }
}
