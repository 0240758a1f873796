package io.millrace.sink.mongodb;

import io.millrace.sink.testkit.KeyedSinkContract;
import io.millrace.sink.testkit.SinkFixture;
import java.nio.file.Path;

/** The contract of all sinks by key, against a server that speaks MongoDB's protocol. */
class MongoContractTest extends KeyedSinkContract {
  @Override
  protected SinkFixture fixture(Path folder) {
    return new MongoFixture();
  }
}
