package io.millrace.interop.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CatalogIT extends SparkTrial {
  @Test
  void theWarehouseIsACatalogToReadAndInsertInto() {
    server.execute("CREATE STREAM web_logs (path STRING COMMENT 'What was asked for', ms INT)");
    server.execute("CREATE SCHEMA sales");
    server.execute("CREATE TABLE sales.orders (id INT, amount DECIMAL(9, 2), PRIMARY KEY (id))");
    server.execute("INSERT INTO web_logs VALUES ('/', 5), ('/a', 7)");
    server.execute("INSERT INTO sales.orders VALUES (1, 2.50)");

    assertThat(texts(spark.sql("SHOW TABLES IN millrace.public")))
        .contains("[public,web_logs,false]");
    assertThat(texts(spark.sql("SHOW NAMESPACES IN millrace"))).contains("[public]", "[sales]");
    assertThat(texts(spark.sql("DESCRIBE millrace.public.web_logs")))
        .contains("[path,string,What was asked for]", "[ms,int,null]");
    assertThat(texts(spark.sql("SELECT sum(ms) FROM millrace.public.web_logs")))
        .containsExactly("[12]");
    assertThat(
            texts(
                spark.sql(
                    "SELECT w.path, o.amount, w._partition IS NOT NULL FROM"
                        + " millrace.public.web_logs w JOIN millrace.sales.orders o"
                        + " ON w.ms = o.id + 4")))
        .containsExactly("[/,2.50,true]");

    spark.sql("INSERT INTO millrace.sales.orders VALUES (1, 3), (2, 4.25)");
    assertThat(texts(spark.sql("SELECT * FROM millrace.sales.orders")))
        .as("a key that is there is set, and types are those of the contract")
        .containsExactly("[1,3.00]", "[2,4.25]");
    assertThatThrownBy(() -> spark.sql("SELECT * FROM millrace.public.nothing"))
        .hasMessageContaining("TABLE_OR_VIEW_NOT_FOUND");
    assertThatThrownBy(() -> spark.sql("DROP TABLE millrace.sales.orders"))
        .hasMessageContaining("Use 'millrace sql'.");
  }
}
