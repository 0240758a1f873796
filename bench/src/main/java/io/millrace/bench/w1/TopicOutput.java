package io.millrace.bench.w1;

import io.millrace.bench.race.LineDigest;
import io.millrace.bench.race.LogTable;
import io.millrace.bench.race.Output;
import io.millrace.bench.race.Place;
import io.millrace.log.LogClient;
import io.millrace.model.Positions;
import io.millrace.registry.Contracts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The committed rows of one engine's output topic, read with Avro's own decoder and written as the
 * lines that they were. Used by one thread.
 */
final class TopicOutput implements Output {
  private static final Duration POLL = Duration.ofMillis(200);

  private final LogClient log;
  private final Contracts contracts;
  private final String topic;
  private final Consumer<byte[], byte[]> consumer;
  private final Map<Integer, GenericDatumReader<GenericRecord>> readers = new HashMap<>();
  private final StringBuilder line = new StringBuilder();
  private GenericRecord row;
  private BinaryDecoder decoder;

  TopicOutput(LogClient log, Contracts contracts, String topic) {
    this.log = log;
    this.contracts = contracts;
    this.topic = topic;
    this.consumer = log.consumer(Map.of());
    List<TopicPartition> partitions =
        IntStream.range(0, Place.PARTITIONS)
            .mapToObj(partition -> new TopicPartition(topic, partition))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /** Summed over the partitions; markers count too. */
  @Override
  public long committed() {
    Positions end = log.end(topic, true);
    return end.offsets().values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public void read(LineDigest digest) throws IOException {
    Positions end = log.end(topic, true);
    while (!isAt(end)) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        // Millrace marks a partition's event time by records without a value.
        if (record.value() != null) {
          digest.add(line(record.value()));
        }
      }
    }
  }

  private boolean isAt(Positions end) {
    for (TopicPartition partition : consumer.assignment()) {
      if (consumer.position(partition) < end.offsets().get(partition.partition())) {
        return false;
      }
    }
    return true;
  }

  private CharSequence line(byte[] value) throws IOException {
    ByteBuffer framed = ByteBuffer.wrap(value);
    if (framed.get() != 0) {
      throw new IOException("Invalid row in " + topic + ": it has no contract's id");
    }
    GenericDatumReader<GenericRecord> reader =
        readers.computeIfAbsent(framed.getInt(), this::reader);
    decoder =
        DecoderFactory.get().binaryDecoder(value, framed.position(), framed.remaining(), decoder);
    row = reader.read(row, decoder);
    if (!decoder.isEnd()) {
      throw new IOException("Invalid row in " + topic + ": it goes on behind its last column");
    }
    line.setLength(0);
    for (int i = 0; i < LogTable.COLUMNS.size(); i++) {
      Object field = row.get(i);
      if (i > 0) {
        line.append(' ');
      }
      if (field == null) {
        line.append('-');
      } else if (LogTable.COLUMNS.get(i).type().equals("DATE")) {
        line.append(LocalDate.ofEpochDay((Integer) field));
      } else {
        line.append(field);
      }
    }
    return line;
  }

  /** A reader of rows under this contract, which must have the columns and types asked for. */
  private GenericDatumReader<GenericRecord> reader(int id) {
    Schema schema = contracts.schemaById(id);
    Schema expected = new Schema.Parser().parse(LogTable.contract());
    List<Schema.Field> fields = schema.getFields();
    for (int i = 0; i < Math.max(fields.size(), expected.getFields().size()); i++) {
      Schema.Field wanted = expected.getFields().get(i);
      if (!fields.get(i).name().equals(wanted.name())
          || !fields.get(i).schema().equals(wanted.schema())) {
        throw new IllegalStateException(
            "Invalid contract of " + topic + ": " + fields.get(i) + " is not " + wanted);
      }
    }
    return new GenericDatumReader<>(schema);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
