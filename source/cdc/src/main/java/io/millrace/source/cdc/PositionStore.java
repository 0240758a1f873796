package io.millrace.source.cdc;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.runtime.WorkerConfig;
import org.apache.kafka.connect.storage.MemoryOffsetBackingStore;

/**
 * Where Debezium looks for the position to go on from. It is given by two settings, as JSON the way
 * Kafka Connect writes it; what Debezium stores is kept by nobody, for the position has been
 * committed with the changes before.
 */
public final class PositionStore extends MemoryOffsetBackingStore {
  static final String KEY = "offset.storage.millrace.key";
  static final String VALUE = "offset.storage.millrace.value";

  @Override
  public void configure(WorkerConfig config) {
    Map<String, Object> settings = config.originals();
    if (settings.get(VALUE) instanceof String value) {
      data.put(bytes((String) settings.get(KEY)), bytes(value));
    }
  }

  @Override
  public Set<Map<String, Object>> connectorPartitions(String connector) {
    return Set.of();
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }
}
