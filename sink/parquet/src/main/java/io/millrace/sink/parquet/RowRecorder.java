package io.millrace.sink.parquet;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;

/** Replays a row's log into Parquet's columns. */
final class RowRecorder extends WriteSupport<RowLog> {
  private static final String LIST = "list";
  private static final String ELEMENT = "element";
  private static final String KEY_VALUE = "key_value";
  private static final String KEY = "key";
  private static final String VALUE = "value";

  private final RowSchema schema;
  private final Node[] columns;
  private RecordConsumer consumer;

  /** A type with what replaying it needs. */
  private static final class Node {
    final String name;
    final DataType type;
    final Node[] children;
    final byte[] fixed;

    Node(String name, DataType type) {
      this.name = name;
      this.type = type;
      this.children = children(type);
      boolean wide = type instanceof DataType.Decimal d && d.precision() > 18;
      this.fixed = wide ? new byte[ParquetSchemas.decimalLength((DataType.Decimal) type)] : null;
    }

    private static Node[] children(DataType type) {
      return switch (type.kind()) {
        case ROW -> of(((DataType.Row) type).fields());
        case ARRAY -> new Node[] {new Node(ELEMENT, ((DataType.Array) type).element())};
        case MAP ->
            new Node[] {
              new Node(KEY, DataType.STRING), new Node(VALUE, ((DataType.Map) type).value())
            };
        case BOOLEAN,
            INT,
            BIGINT,
            FLOAT,
            DOUBLE,
            DECIMAL,
            STRING,
            BYTES,
            DATE,
            TIME,
            TIMESTAMP,
            TIMESTAMP_LTZ ->
            new Node[0];
      };
    }

    static Node[] of(List<Column> columns) {
      return columns.stream().map(c -> new Node(c.name(), c.type())).toArray(Node[]::new);
    }
  }

  RowRecorder(RowSchema schema) {
    this.schema = schema;
    this.columns = Node.of(schema.columns());
  }

  @Override
  public WriteContext init(ParquetConfiguration configuration) {
    return new WriteContext(ParquetSchemas.message(schema), new HashMap<>());
  }

  @Override
  public WriteContext init(org.apache.hadoop.conf.Configuration configuration) {
    return new WriteContext(ParquetSchemas.message(schema), new HashMap<>());
  }

  @Override
  public void prepareForWrite(RecordConsumer consumer) {
    this.consumer = consumer;
  }

  @Override
  public void write(RowLog row) {
    consumer.startMessage();
    for (int at = 0; at < row.size(); ) {
      at = field(row, at, columns);
    }
    consumer.endMessage();
  }

  /** Replays one field of a row or struct; answers where the next begins. A null is left out. */
  private int field(RowLog row, int at, Node[] fields) {
    int index = row.column(at);
    if (row.operation(at) == RowLog.Operation.NULL) {
      return at + 2;
    }
    consumer.startField(fields[index].name, index);
    int next = value(row, at, fields[index]);
    consumer.endField(fields[index].name, index);
    return next;
  }

  private int value(RowLog row, int at, Node node) {
    switch (row.operation(at)) {
      case BEGIN_STRUCT:
        return struct(row, at + 2, node);
      case BEGIN_LIST:
        return list(row, at + 2, node);
      case BEGIN_MAP:
        return map(row, at + 2, node);
      default:
        scalar(row, at, node);
        return at + 2;
    }
  }

  private int struct(RowLog row, int start, Node node) {
    consumer.startGroup();
    int at = start;
    while (row.operation(at) != RowLog.Operation.END_STRUCT) {
      at = field(row, at, node.children);
    }
    consumer.endGroup();
    return at + 2;
  }

  private int list(RowLog row, int start, Node node) {
    consumer.startGroup();
    int at = start;
    if (row.operation(at) != RowLog.Operation.END_LIST) {
      consumer.startField(LIST, 0);
      while (row.operation(at) != RowLog.Operation.END_LIST) {
        consumer.startGroup();
        at = member(row, at, node.children[0], ELEMENT, 0);
        consumer.endGroup();
      }
      consumer.endField(LIST, 0);
    }
    consumer.endGroup();
    return at + 2;
  }

  private int map(RowLog row, int start, Node node) {
    consumer.startGroup();
    int at = start;
    if (row.operation(at) != RowLog.Operation.END_MAP) {
      consumer.startField(KEY_VALUE, 0);
      while (row.operation(at) != RowLog.Operation.END_MAP) {
        consumer.startGroup();
        at = member(row, at, node.children[0], KEY, 0);
        at = member(row, at, node.children[1], VALUE, 1);
        consumer.endGroup();
      }
      consumer.endField(KEY_VALUE, 0);
    }
    consumer.endGroup();
    return at + 2;
  }

  private int member(RowLog row, int at, Node node, String name, int index) {
    if (row.operation(at) == RowLog.Operation.NULL) {
      return at + 2;
    }
    consumer.startField(name, index);
    int next = value(row, at, node);
    consumer.endField(name, index);
    return next;
  }

  private void scalar(RowLog row, int at, Node node) {
    long value = row.value(at);
    switch (row.operation(at)) {
      case BOOLEAN -> consumer.addBoolean(value != 0);
      case INT -> consumer.addInteger((int) value);
      case LONG -> {
        if (node.type.kind() == DataType.Kind.TIME && ParquetSchemas.isMillis(node.type)) {
          consumer.addInteger((int) value);
        } else {
          consumer.addLong(value);
        }
      }
      case FLOAT -> consumer.addFloat(Float.intBitsToFloat((int) value));
      case DOUBLE -> consumer.addDouble(Double.longBitsToDouble(value));
      case DECIMAL -> decimal(node, value);
      case DECIMAL_BYTES -> decimal(node, row.array(), (int) value, row.length(at));
      case UTF8, BYTES ->
          consumer.addBinary(Binary.fromReusedByteArray(row.array(), (int) value, row.length(at)));
      case NULL, BEGIN_STRUCT, END_STRUCT, BEGIN_LIST, END_LIST, BEGIN_MAP, END_MAP ->
          throw new IllegalStateException(row.operation(at) + " is no value");
    }
  }

  private void decimal(Node node, long unscaled) {
    DataType.Decimal type = (DataType.Decimal) node.type;
    if (type.precision() <= 9) {
      consumer.addInteger((int) unscaled);
    } else if (type.precision() <= 18) {
      consumer.addLong(unscaled);
    } else {
      for (int i = node.fixed.length - 1, shift = 0; i >= 0; i--, shift += 8) {
        node.fixed[i] = (byte) (shift < 64 ? unscaled >> shift : unscaled >> 63);
      }
      consumer.addBinary(Binary.fromReusedByteArray(node.fixed));
    }
  }

  private void decimal(Node node, byte[] bytes, int offset, int length) {
    if (node.fixed == null) {
      long unscaled = length == 0 ? 0 : bytes[offset];
      for (int i = 1; i < length; i++) {
        unscaled = unscaled << 8 | bytes[offset + i] & 0xFF;
      }
      decimal(node, unscaled);
      return;
    }
    int pad = node.fixed.length - length;
    int skipped = Math.max(0, -pad); // leading sign bytes of a longer encoding
    Arrays.fill(node.fixed, 0, Math.max(0, pad), (byte) (length > 0 && bytes[offset] < 0 ? -1 : 0));
    System.arraycopy(bytes, offset + skipped, node.fixed, Math.max(0, pad), length - skipped);
    consumer.addBinary(Binary.fromReusedByteArray(node.fixed));
  }
}
