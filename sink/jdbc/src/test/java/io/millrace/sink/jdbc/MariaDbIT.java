package io.millrace.sink.jdbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.sink.SinkDefinition;
import io.millrace.sink.testkit.KeyedSinkContract;
import io.millrace.sink.testkit.SinkContract;
import io.millrace.sink.testkit.SinkFixture;
import io.millrace.testserver.mariadb.MariaDbServer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Both contracts against a real MariaDB, where {@code .ci/setup} has put one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@EnabledIf(
    value = "io.millrace.testserver.mariadb.MariaDbServer#isInstalled",
    disabledReason = "NOT RUN: no MariaDB on this machine; .ci/setup installs it")
class MariaDbIT {
  private final AtomicInteger databases = new AtomicInteger();
  private MariaDbServer server;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    server = new MariaDbServer(folder);
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
  }

  private MartFixture newDatabase() throws SQLException {
    return new MariaDbMart(server, "mart" + databases.incrementAndGet());
  }

  @Nested
  class Streams extends SinkContract {
    @Override
    protected SinkFixture fixture(Path folder) throws Exception {
      return newDatabase();
    }
  }

  @Nested
  class Tables extends KeyedSinkContract {
    @Override
    protected SinkFixture fixture(Path folder) throws Exception {
      return newDatabase();
    }
  }

  @Test
  void keyThatIsComparedWithoutCaseIsRefused() throws Exception {
    MartFixture mart = newDatabase();
    mart.execute(
        "CREATE TABLE `Mart table`"
            + " (k VARCHAR(20) COLLATE utf8mb4_general_ci PRIMARY KEY, n INT) CHARSET utf8mb4");
    RowSchema schema =
        new RowSchema(
            List.of(
                new Column("k", DataType.STRING.withNullable(false)),
                new Column("n", DataType.INT)),
            List.of("k"));
    assertThatThrownBy(
            () ->
                new JdbcConnector()
                    .create(new SinkDefinition(Name.of("mart"), schema, true, mart.options())))
        .hasMessageContaining("key column k has collation utf8mb4_general_ci");
  }
}
