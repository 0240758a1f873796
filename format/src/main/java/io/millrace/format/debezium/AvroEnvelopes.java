package io.millrace.format.debezium;

import io.millrace.format.DecodeException;
import io.millrace.format.avro.AvroRecordDecoder;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.apache.avro.Schema;

/**
 * Reads envelopes in Avro with the wire format of Confluent. For each writer's schema an Avro
 * decoder is made once that reads what is wanted of the envelope as it was written; {@link
 * AvroRows} makes of it what the columns want. Not thread-safe.
 */
final class AvroEnvelopes {
  private static final int HEADER = 5;

  private final IntFunction<Schema> schemas;
  private final List<Column> columns;
  private final boolean withRows;
  private final Values values;
  private final Map<Integer, Reader> readers = new HashMap<>();
  private int lastId = -1;
  private Reader last;

  private record Reader(AvroRecordDecoder decoder, AvroRows rows) {}

  AvroEnvelopes(IntFunction<Schema> schemas, DataType.Row row, boolean withRows, Values values) {
    this.schemas = schemas;
    this.columns = row.fields();
    this.withRows = withRows;
    this.values = values;
  }

  void read(byte[] bytes, int offset, int length, Envelope envelope) throws DecodeException {
    if (length < HEADER) {
      throw new DecodeException("does not start with a zero byte and a four-byte schema id", 0);
    }
    int id =
        bytes[offset + 1] << 24
            | (bytes[offset + 2] & 0xff) << 16
            | (bytes[offset + 3] & 0xff) << 8
            | bytes[offset + 4] & 0xff;
    if (last == null || id != lastId) {
      last = readers.get(id);
      if (last == null) {
        last = reader(id);
        readers.put(id, last);
      }
      lastId = id;
    }
    last.rows.begin(envelope);
    last.decoder.decode(bytes, offset, length, last.rows);
    last.rows.requireRead();
  }

  private Reader reader(int id) throws DecodeException {
    Schema writer = schema(id);
    Told told = AvroSchema.told(writer);
    if (told.kind() != Told.Kind.STRUCT) {
      throw new DecodeException("its contract is no record", 1);
    }
    List<Column> natural = new ArrayList<>();
    List<AvroRows.Part> parts = new ArrayList<>();
    for (Map.Entry<String, Told> field : told.fields().entrySet()) {
      AvroRows.Part part = part(field.getKey(), field.getValue());
      if (part != null) {
        natural.add(new Column(field.getKey(), part.natural()));
        parts.add(part);
      }
    }
    int[] targets = IntStream.range(0, natural.size()).toArray();
    return new Reader(
        new AvroRecordDecoder(schemas, natural, targets, null), new AvroRows(parts, values));
  }

  private Schema schema(int id) throws DecodeException {
    try {
      return schemas.apply(id);
    } catch (MillraceException e) {
      if (e.code() != ErrorCode.CONTRACT_NOT_FOUND) {
        throw e;
      }
      throw new DecodeException("the registry has no schema of id " + id, 1);
    }
  }

  /** A field of the envelope that is wanted, or null. */
  private AvroRows.Part part(String name, Told told) {
    boolean isStruct = told.kind() == Told.Kind.STRUCT;
    return switch (name) {
      case Envelope.BEFORE, Envelope.AFTER -> withRows && isStruct ? row(name, told) : null;
      case Envelope.SOURCE -> isStruct ? source(told) : null;
      case Envelope.OP ->
          told.kind() == Told.Kind.STRING
              ? new AvroRows.Part(name, DataType.STRING, new Slot[0], new int[0])
              : null;
      default ->
          Envelope.NUMBERS.contains(name) && isNumber(told)
              ? new AvroRows.Part(
                  name, DataType.BIGINT, new Slot[0], new int[] {Envelope.NUMBERS.indexOf(name)})
              : null;
    };
  }

  private static boolean isNumber(Told told) {
    return told.kind() == Told.Kind.INT || told.kind() == Told.Kind.LONG;
  }

  private static AvroRows.Part source(Told told) {
    List<Column> natural = new ArrayList<>();
    List<Integer> numbers = new ArrayList<>();
    told.fields()
        .forEach(
            (name, field) -> {
              int number = Envelope.NUMBERS.indexOf(name);
              if (number >= 0 && isNumber(field)) {
                natural.add(new Column(name, DataType.BIGINT));
                numbers.add(number);
              } else if (name.equals(Envelope.FILE) && field.kind() == Told.Kind.STRING) {
                natural.add(new Column(name, DataType.STRING));
                numbers.add(-1);
              }
            });
    return new AvroRows.Part(
        Envelope.SOURCE,
        new DataType.Row(natural, true),
        new Slot[0],
        numbers.stream().mapToInt(Integer::intValue).toArray());
  }

  private AvroRows.Part row(String name, Told told) {
    Slot.Fields fields = new Slot.Fields(columns, told);
    List<Column> natural = new ArrayList<>();
    Slot[] slots = natural(fields, told, natural);
    return new AvroRows.Part(name, new DataType.Row(natural, true), slots, new int[0]);
  }

  /** Fills in the columns as they are written; answers where each of them goes. */
  private static Slot[] natural(Slot.Fields fields, Told told, List<Column> natural) {
    List<Slot> slots = new ArrayList<>();
    for (Slot slot : fields.slots) {
      told.fieldOf(slot.name)
          .ifPresent(
              field -> {
                natural.add(new Column(field, natural(slot, told.fields().get(field))));
                slots.add(slot);
              });
    }
    return slots.toArray(Slot[]::new);
  }

  /** The type by which a value is read as it is written; {@code slot} is null where it is lost. */
  private static DataType natural(Slot slot, Told told) {
    return switch (told.kind()) {
      case BOOLEAN -> DataType.BOOLEAN;
      case INT -> DataType.INT;
      case LONG -> DataType.BIGINT;
      case FLOAT -> DataType.FLOAT;
      case DOUBLE -> DataType.DOUBLE;
      case STRING, OTHER -> DataType.STRING;
      case BYTES -> DataType.BYTES;
      case ARRAY -> new DataType.Array(natural(item(slot), told.item()), true);
      case MAP -> new DataType.Map(natural(item(slot), told.item()), true);
      case STRUCT -> {
        List<Column> fields = new ArrayList<>();
        if (slot != null && slot.fields != null) {
          slot.written = natural(slot.fields, told, fields);
          slot.missing =
              Arrays.stream(slot.fields.slots)
                  .filter(f -> !f.type.nullable() && told.fieldOf(f.name).isEmpty())
                  .findFirst()
                  .orElse(null);
        } else if (told.fields().keySet().containsAll(Set.of("scale", "value"))) {
          fields.add(new Column("scale", DataType.INT));
          fields.add(new Column("value", DataType.BYTES));
        }
        yield new DataType.Row(fields, true);
      }
    };
  }

  private static Slot item(Slot slot) {
    return slot == null ? null : slot.item;
  }
}
