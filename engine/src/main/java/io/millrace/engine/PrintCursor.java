package io.millrace.engine;

import io.millrace.flow.ChangeCursor;
import io.millrace.flow.LeftOut;
import io.millrace.flow.topic.mark.Mark;
import io.millrace.format.DecodeException;
import io.millrace.format.ObjectWriter;
import io.millrace.format.RecordDecoder;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/**
 * Reads the records of one topic, but not those that carry a watermark alone; used by one thread,
 * {@link #cancel} by any.
 */
final class PrintCursor implements ChangeCursor {
  private static final byte[] NOTHING = {};

  private final Parts parts;
  private final Consumer<byte[], byte[]> consumer;
  private final Map<Integer, Reader> readers = new HashMap<>();
  private Iterator<ConsumerRecord<byte[], byte[]>> batch =
      List.<ConsumerRecord<byte[], byte[]>>of().iterator();
  private ConsumerRecord<byte[], byte[]> record;
  private boolean finished;

  /** The decoder of one writer's contract. */
  private record Reader(
      RowSchema schema, RecordDecoder decoder, ObjectWriter writer, Object[][] row) {}

  private PrintCursor(Parts parts, Consumer<byte[], byte[]> consumer) {
    this.parts = parts;
    this.consumer = consumer;
  }

  static PrintCursor open(Parts parts, String topic, boolean fromBeginning) {
    Positions start = fromBeginning ? parts.log().beginning(topic) : parts.log().end(topic);
    Consumer<byte[], byte[]> consumer = parts.log().consumer(Map.of());
    consumer.assign(
        start.offsets().keySet().stream().map(p -> new TopicPartition(topic, p)).toList());
    start.offsets().forEach((p, o) -> consumer.seek(new TopicPartition(topic, p), o));
    return new PrintCursor(parts, consumer);
  }

  @Override
  public List<Column> columns() {
    return List.of(
        new Column("partition", DataType.INT),
        new Column("offset", DataType.BIGINT),
        new Column("timestamp", DataType.timestampLtz(3)),
        new Column("key", DataType.STRING),
        new Column("value", DataType.STRING));
  }

  @Override
  public boolean next(Duration timeout) {
    if (finished) {
      return false;
    }
    try {
      if (!batch.hasNext()) {
        batch = consumer.poll(timeout).iterator();
      }
    } catch (WakeupException e) {
      finished = true;
      return false;
    }
    while (batch.hasNext()) {
      record = batch.next();
      if (!Mark.isControl(record)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public char op() {
    return '+';
  }

  @Override
  public Object value(int column) {
    return switch (column) {
      case 0 -> record.partition();
      case 1 -> record.offset();
      case 2 -> Instant.ofEpochMilli(record.timestamp());
      case 3 -> read(record.key());
      case 4 -> read(record.value());
      default -> throw new IndexOutOfBoundsException(column);
    };
  }

  /** Rows by contract, else text, else hexadecimal digits. */
  private Object read(byte[] bytes) {
    if (bytes == null) {
      return null;
    }
    if (bytes.length >= 5 && bytes[0] == 0) {
      try {
        return readAvro(ByteBuffer.wrap(bytes, 1, 4).getInt(), bytes);
      } catch (MillraceException | DecodeException e) {
        return hex(bytes);
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return hex(bytes);
    }
  }

  private static String hex(byte[] bytes) {
    return "0x" + HexFormat.of().formatHex(bytes == null ? NOTHING : bytes);
  }

  private Object readAvro(int id, byte[] bytes) throws DecodeException {
    Reader reader = readers.computeIfAbsent(id, this::reader);
    reader.decoder().decode(bytes, 0, bytes.length, reader.writer());
    Object[] values = reader.row()[0];
    if (reader.schema().isKeyed()) {
      return values[0];
    }
    Map<String, Object> row = new LinkedHashMap<>();
    for (int i = 0; i < values.length; i++) {
      row.put(reader.schema().column(i).name(), values[i]);
    }
    return row;
  }

  private Reader reader(int id) {
    Schema contract = parts.contracts().schemaById(id);
    boolean primitive = contract.getType() != Schema.Type.RECORD;
    RowSchema schema =
        primitive
            ? new RowSchema(AvroContracts.keyColumns(contract, "key"), List.of("key"))
            : AvroContracts.rowSchema(contract, List.of());
    int[] all = IntStream.range(0, schema.size()).toArray();
    Object[][] row = new Object[1][];
    return new Reader(
        schema,
        primitive
            ? parts.formats().keyDecoder(schema, all)
            : parts.formats().decoder("avro", Map.of(), schema, all),
        new ObjectWriter(schema, values -> row[0] = values),
        row);
  }

  @Override
  public boolean finished() {
    return finished;
  }

  /** What cannot be read is shown as it is. */
  @Override
  public LeftOut leftOut() {
    return LeftOut.NONE;
  }

  void cancel() {
    consumer.wakeup();
  }

  @Override
  public void close() {
    finished = true;
    consumer.close();
  }
}
