package io.millrace.bench.w1;

import io.millrace.bench.race.LogTable;
import io.millrace.bench.race.Place;
import io.millrace.registry.Contracts;
import io.millrace.registry.RegistrySettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.LocalDate;
import java.util.Properties;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/** Kafka Streams as its guide has it: String.split, a GenericRecord, Confluent's framing. */
final class StreamsEngine {
  private StreamsEngine() {}

  static AutoCloseable start(Place place) {
    Schema schema = new Schema.Parser().parse(LogTable.contract());
    int id;
    try (Contracts contracts = new Contracts(RegistrySettings.of(place.registry()))) {
      id = contracts.register(place.output() + "-value", schema);
    }
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(place.input(), Consumed.with(Serdes.ByteArray(), Serdes.String()))
        .mapValues(line -> record(schema, line))
        .to(
            place.output(),
            Produced.with(
                Serdes.ByteArray(),
                Serdes.serdeFrom(new RecordSerializer(schema, id), (topic, bytes) -> null)));
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "w1-kstreams");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, place.kafka());
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, Place.PARALLELISM);
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, W1.COMMIT_INTERVAL_MS);
    properties.put(StreamsConfig.STATE_DIR_CONFIG, place.folder().resolve("state").toString());
    properties.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    Place.CONSUMER.forEach((k, v) -> properties.put(StreamsConfig.consumerPrefix(k), v));
    Place.PRODUCER.forEach((k, v) -> properties.put(StreamsConfig.producerPrefix(k), v));
    KafkaStreams streams = new KafkaStreams(builder.build(), properties);
    streams.setUncaughtExceptionHandler(
        failure -> {
          failure.printStackTrace();
          Runtime.getRuntime().halt(1);
          return StreamThreadExceptionResponse.SHUTDOWN_APPLICATION;
        });
    streams.start();
    return streams;
  }

  private static GenericRecord record(Schema schema, String line) {
    String[] fields = line.split(" ");
    if (fields.length != LogTable.COLUMNS.size()) {
      throw new IllegalArgumentException("Invalid line: " + line);
    }
    GenericRecord record = new GenericData.Record(schema);
    for (int i = 0; i < fields.length; i++) {
      record.put(i, fields[i].equals("-") ? null : cast(LogTable.COLUMNS.get(i), fields[i]));
    }
    return record;
  }

  private static Object cast(LogTable.LogColumn column, String field) {
    return switch (column.type()) {
      case "DATE" -> (int) LocalDate.parse(field).toEpochDay();
      case "INT" -> Integer.valueOf(field);
      default -> field;
    };
  }

  /** One per stream thread would do; it keeps its buffers by thread, as Confluent's does. */
  private static final class RecordSerializer implements Serializer<GenericRecord> {
    private final GenericDatumWriter<GenericRecord> writer;
    private final int id;
    private final ThreadLocal<ByteArrayOutputStream> buffers =
        ThreadLocal.withInitial(ByteArrayOutputStream::new);
    private final ThreadLocal<BinaryEncoder> encoders = new ThreadLocal<>();

    RecordSerializer(Schema schema, int id) {
      this.writer = new GenericDatumWriter<>(schema);
      this.id = id;
    }

    @Override
    public byte[] serialize(String topic, GenericRecord record) {
      ByteArrayOutputStream out = buffers.get();
      out.reset();
      for (int shift = 32; shift >= 0; shift -= 8) {
        out.write(shift == 32 ? 0 : id >>> shift);
      }
      BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, encoders.get());
      encoders.set(encoder);
      try {
        writer.write(record, encoder);
        encoder.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return out.toByteArray();
    }
  }
}
