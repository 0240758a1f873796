package io.millrace.interop.streams;

import io.millrace.format.DecodeException;
import io.millrace.format.ObjectWriter;
import io.millrace.format.RecordDecoder;
import io.millrace.model.RowSchema;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Reads rows of a schema, whichever version of the contract wrote them. A record that carries no
 * row by design, such as a directive line or a writer's mark, is null. Thread-safe.
 */
final class RowDeserializer implements Deserializer<Row> {
  private final ThreadLocal<Decoding> decodings;

  RowDeserializer(RowSchema schema, Supplier<RecordDecoder> decoders) {
    decodings = ThreadLocal.withInitial(() -> new Decoding(schema, decoders.get()));
  }

  /** A decoder keeps room between calls, so that each thread has its own. */
  private static final class Decoding {
    private final RecordDecoder decoder;
    private final ObjectWriter writer;
    private Row row;

    Decoding(RowSchema schema, RecordDecoder decoder) {
      this.decoder = decoder;
      writer = new ObjectWriter(schema, values -> row = new Row(schema, values));
    }
  }

  @Override
  public Row deserialize(String topic, byte[] bytes) {
    if (bytes == null) {
      return null;
    }
    Decoding decoding = decodings.get();
    decoding.row = null;
    try {
      if (decoding.decoder.decode(bytes, 0, bytes.length, decoding.writer) > 1) {
        throw new SerializationException(
            "Cannot read a record of topic " + topic + " as one row: it holds several");
      }
      return decoding.row;
    } catch (DecodeException e) {
      throw new SerializationException(
          "Cannot read a record of topic " + topic + ": " + e.getMessage(), e);
    }
  }
}
