package io.millrace.source;

import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.format.ByteSink;
import io.millrace.format.Formats;
import io.millrace.format.RecordEncoder;
import io.millrace.log.LogClient;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowKind;
import io.millrace.model.RowReader;
import io.millrace.model.RowSchema;
import io.millrace.registry.Contracts;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.apache.kafka.common.utils.Utils;

/**
 * Makes records of the rows of one relation, in its own format: checked, encoded, and placed into
 * partitions. What is written to a table with history becomes a change. Not thread-safe.
 */
final class RowRecords {
  private static final int CHUNK = 256 << 10;

  /** What a record batch needs besides key and value, generously. */
  private static final int OVERHEAD = 512;

  private final RowSchema schema;
  private final String topic;
  private final RecordEncoder keys;
  private final RecordEncoder values;

  /** Null where a row is deleted by a record without a value. */
  private final ChangeEncoder changes;

  private final int partitions;
  private final int largest;
  private final IntUnaryOperator nextPartition;
  private final int[] keyColumns;
  private final int[] required;
  private final ByteSink key = new ByteSink();
  private final ByteSink value = new ByteSink();
  private boolean deleted;
  private int partition;
  private int room;

  /**
   * @param nextPartition says for a number of partitions which the next chunk of rows without a key
   *     goes to
   */
  RowRecords(
      Relation target,
      LogClient log,
      Contracts contracts,
      Formats formats,
      IntUnaryOperator nextPartition) {
    boolean history = History.isKeptOf(target);
    this.schema = target.schema();
    this.topic = history ? History.changes(target.name()).topic() : target.topic();
    this.partitions = log.partitions(topic);
    this.keys = keys(target, contracts, formats);
    this.changes = history ? changes(target, contracts, formats) : null;
    this.values = history ? changes : values(target, contracts, formats);
    this.largest = log.maxRequestBytes();
    this.nextPartition = nextPartition;
    this.keyColumns = schema.keyIndexes();
    this.required =
        IntStream.range(0, schema.size())
            .filter(
                i ->
                    !schema.column(i).type().nullable()
                        || IntStream.of(keyColumns).anyMatch(k -> k == i))
            .toArray();
  }

  private static ChangeEncoder changes(Relation target, Contracts contracts, Formats formats) {
    String subject = History.changes(target.name()).topic() + "-value";
    int id =
        contracts
            .latest(subject)
            .orElseThrow(
                () ->
                    new MillraceException(
                            ErrorCode.NOT_FOUND,
                            "Cannot write to " + target.name() + ": its changes have no contract")
                        .hint("Register it anew under the subject " + subject + "."))
            .id();
    RowSchema schema = History.changes(target.schema());
    return new ChangeEncoder(formats.encoder(target.format(), Map.of(), schema, id));
  }

  private static RecordEncoder values(Relation target, Contracts contracts, Formats formats) {
    if (target.valueSchemaId() >= 0) {
      // Records whose contract the registry has lost could be read by nobody.
      contracts.schemaById(target.valueSchemaId());
    }
    return formats.encoder(
        target.format(), target.options(), target.schema(), target.valueSchemaId());
  }

  private static RecordEncoder keys(Relation target, Contracts contracts, Formats formats) {
    if (!target.schema().isKeyed()) {
      return null;
    }
    if (target.keySchemaId() < 0) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot write to " + target.name() + ": its key has no contract in the registry")
          .hint("Register a contract under the subject " + target.topic() + "-key.");
    }
    contracts.schemaById(target.keySchemaId());
    return formats.keyEncoder(target.schema(), target.keySchemaId());
  }

  String topic() {
    return topic;
  }

  int partitions() {
    return partitions;
  }

  /**
   * The rows that follow are of one transaction.
   *
   * @param time when they were changed, in microseconds since the epoch
   */
  void begin(long time) {
    room = 0;
    if (changes != null) {
      changes.begin(time);
    }
  }

  /** Makes the record of a row, or says why there is none. */
  Optional<Unfit> make(RowKind kind, RowReader row) {
    for (int column : kind == RowKind.DELETE ? keyColumns : required) {
      if (row.isNull(column)) {
        return Optional.of(new Unfit(schema.column(column).name(), "NULL in a NOT NULL column"));
      }
    }
    key.reset();
    value.reset();
    deleted = kind == RowKind.DELETE && changes == null;
    try {
      if (keys != null) {
        keys.encode(row, key);
      }
      if (kind == RowKind.UPSERT) {
        values.encode(row, value);
      } else if (changes != null) {
        changes.encodeDelete(row, value);
      }
    } catch (MillraceException e) {
      if (e.code() != ErrorCode.ROW_REFUSED) {
        throw e;
      }
      return Optional.of(new Unfit("", e.getMessage()));
    }
    long bytes = (long) key.length() + value.length();
    return bytes + OVERHEAD > largest
        ? Optional.of(
            new Unfit(
                "", "a record of " + bytes + " bytes is more than the " + largest + " allowed"))
        : Optional.empty();
  }

  /** Of the record made last; null without a key. */
  byte[] key() {
    return keys == null ? null : key.toByteArray();
  }

  /** Of the record made last; null for a tombstone. */
  byte[] value() {
    return deleted ? null : value.toByteArray();
  }

  /**
   * Where the record made last goes: Kafka's own choice for keys; rows without one go chunk by
   * chunk around the partitions.
   */
  int partition(byte[] keyBytes) {
    if (keyBytes != null) {
      return Utils.toPositive(Utils.murmur2(keyBytes)) % partitions;
    }
    if (room <= 0) {
      partition = nextPartition.applyAsInt(partitions);
      room = CHUNK;
    }
    room -= value.length();
    return partition;
  }
}
