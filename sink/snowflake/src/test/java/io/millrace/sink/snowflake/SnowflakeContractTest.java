package io.millrace.sink.snowflake;

import io.millrace.sink.testkit.SinkContract;
import io.millrace.sink.testkit.SinkFixture;
import java.nio.file.Path;

/** The contract of all staged sinks, against the server that stands in for Snowflake. */
class SnowflakeContractTest extends SinkContract {
  @Override
  protected SinkFixture fixture(Path folder) throws Exception {
    return new SnowflakeFixture(folder);
  }
}
