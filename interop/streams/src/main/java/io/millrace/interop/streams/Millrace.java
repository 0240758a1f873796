package io.millrace.interop.streams;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The warehouse in one topology of Kafka Streams:
 *
 * <ol>
 *   <li>{@link #connect} asks a server where its topics are;
 *   <li>{@link #stream} and {@link #table} read what it has, by contract;
 *   <li>{@link #to} writes rows back, which the warehouse shows at once;
 *   <li>{@link #builder} takes the rest of the program, and {@link #properties} its settings.
 * </ol>
 *
 * <p>Names are those of SQL; {@code t.changes} and {@code t.history} may be written so, too. The
 * contract is that of the moment of building: a column added later is read after a restart. Not
 * thread-safe.
 */
public final class Millrace {
  private final Warehouse warehouse;
  private final StreamsBuilder builder;
  private final Map<Name, KTable<Row, Row>> tables = new HashMap<>();

  /** For a test of a topology; a program calls {@link #connect}. */
  public Millrace(Warehouse warehouse, StreamsBuilder builder) {
    this.warehouse = warehouse;
    this.builder = builder;
  }

  /** The warehouse whose server answers at that URL; NOT_FOUND where none does. */
  public static Millrace connect(String url) {
    return new Millrace(new ServerWarehouse(url), new StreamsBuilder());
  }

  public StreamsBuilder builder() {
    return builder;
  }

  /**
   * What a program needs to run: exactly once, from the beginning of its topics, never seeing what
   * an open transaction wrote, and with all state to be restored however old its event time. The
   * caller may change and add settings.
   */
  public Properties properties(String applicationId) {
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId);
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, warehouse.kafka());
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    // Without exactly once Kafka Streams reads what was never committed.
    properties.put(
        StreamsConfig.consumerPrefix(ConsumerConfig.ISOLATION_LEVEL_CONFIG), "read_committed");
    // A window's changelog is stamped with event time, but the broker deletes by the clock: what a
    // program has counted of rows older than this would be gone when it restores its state.
    properties.put(
        StreamsConfig.WINDOW_STORE_CHANGE_LOG_ADDITIONAL_RETENTION_MS_CONFIG, Long.MAX_VALUE);
    return properties;
  }

  private TopicRows find(String name) {
    return warehouse.find(Name.parse(name.replaceFirst("\\.(changes|history)$", "\\$$1")));
  }

  /** The columns and the primary key of a stream or table. */
  public RowSchema schema(String name) {
    return find(name).schema();
  }

  /** The columns of a table's key. */
  public RowSchema keySchema(String table) {
    return find(table).keySchema();
  }

  /** See {@link RowSerdes#keys}. */
  public Serde<Row> keySerde(String table) {
    return RowSerdes.keys(find(table), warehouse.formats());
  }

  /** See {@link RowSerdes#values}. */
  public Serde<Row> valueSerde(String name) {
    return RowSerdes.values(find(name), warehouse.formats());
  }

  /**
   * The rows of a stream, without keys, at their event time: the column of the WATERMARK, or the
   * record's timestamp where there is none. Of a table: its changes by key, null for a deletion.
   */
  public KStream<Row, Row> stream(String name) {
    TopicRows rows = find(name);
    return read(rows, eventTime(rows));
  }

  /** As {@link #stream(String)}, with the program's own event time. */
  public KStream<Row, Row> stream(String name, TimestampExtractor eventTime) {
    return read(find(name), eventTime);
  }

  private static TimestampExtractor eventTime(TopicRows rows) {
    rows.eventTime()
        .filter(column -> rows.schema().indexOf(column) < 0)
        .ifPresent(
            column -> {
              throw new MillraceException(
                      ErrorCode.NOT_SUPPORTED,
                      "Cannot read "
                          + rows
                          + " at its event time: column "
                          + column
                          + " is computed in SQL and not in the records")
                  .hint("Give a TimestampExtractor of your own beside the name.");
            });
    return new EventTime(rows.eventTime());
  }

  private KStream<Row, Row> read(TopicRows rows, TimestampExtractor eventTime) {
    Serde<Row> keys =
        rows.isTable() ? RowSerdes.keys(rows, warehouse.formats()) : RowSerdes.noKeys();
    return builder.stream(
            rows.topic(),
            Consumed.with(keys, RowSerdes.values(rows, warehouse.formats()))
                .withTimestampExtractor(eventTime))
        .processValues(() -> new Marks(rows.isTable()));
  }

  /**
   * A table by its key, in a store named after its topic; asked for again, it is the same one. Its
   * rows stand at their event time where it has a WATERMARK, else before every event: a stream
   * joined to it finds the table as it is, and in catch-up the table is read first. NOT_SUPPORTED
   * for a stream.
   */
  public KTable<Row, Row> table(String name) {
    TopicRows rows = find(name);
    if (!rows.isTable()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED, "Cannot read " + rows + " as a table: it has no primary key")
          .hint("Read it with stream(), or make a table of it in SQL.");
    }
    return tables.computeIfAbsent(rows.name(), missing -> read(rows));
  }

  private KTable<Row, Row> read(TopicRows rows) {
    TimestampExtractor time =
        rows.eventTime().isPresent() ? eventTime(rows) : (record, partitionTime) -> 0;
    return read(rows, time)
        .toTable(
            Materialized.<Row, Row, KeyValueStore<Bytes, byte[]>>as(rows.topic())
                .withKeySerde(RowSerdes.keys(rows, warehouse.formats()))
                .withValueSerde(RowSerdes.values(rows, warehouse.formats())));
  }

  /**
   * Writes rows into a stream or table, by its contract. Before any row runs, NOT_SUPPORTED where
   * programs may not write there, and INCOMPATIBLE_CONTRACT where rows of these columns do not fit.
   * Of a table the key is the primary key, which has to agree with the row, and a null deletes. A
   * row that does not fit stops the program with ROW_REFUSED.
   */
  public void to(String name, RowSchema columns, KStream<Row, Row> rows) {
    TopicRows target = find(name);
    target
        .refusal()
        .ifPresent(
            reason -> {
              throw new MillraceException(ErrorCode.NOT_SUPPORTED, reason)
                  .hint("Write to a stream or table that no query, source or history fills.");
            });
    RowPlan.require(columns, target);
    Outgoing outgoing = new Outgoing(target);
    Serde<Row> keys =
        target.isTable() ? RowSerdes.keys(target, warehouse.formats()) : RowSerdes.noKeys();
    Serde<Row> values = RowSerdes.values(target, warehouse.formats());
    rows.processValues(outgoing)
        .to(target.topic(), Produced.with(keys, values).withStreamPartitioner(outgoing));
  }

  /** As above, of rows made with {@link #schema} of the target. */
  public void to(String name, KStream<Row, Row> rows) {
    to(name, schema(name), rows);
  }
}
