package io.millrace.sink.parquet;

import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.schema.MessageType;

/**
 * Takes a row's log apart into its columns' values and levels (Melnik et al., "Dremel", VLDB 2010).
 */
final class RowRecorder {
  private final Node row;
  private final List<Leaf> leaves = new ArrayList<>();

  RowRecorder(RowSchema schema, MessageType message, ParquetProperties properties) {
    Iterator<ColumnDescriptor> columns = message.getColumns().iterator();
    this.row = new Node(Field.row(schema), 0, 0, () -> leaf(columns.next(), properties));
  }

  private Leaf leaf(ColumnDescriptor column, ParquetProperties properties) {
    Leaf leaf = new Leaf(column, properties);
    leaves.add(leaf);
    return leaf;
  }

  /** A field with its place among the levels. */
  private static final class Node {
    final Field field;

    /** The definition level where it is not null. */
    final int definition;

    /** Of a list or map: the repetition level of its second and later entries. */
    final int repetition;

    final Node[] children;

    /** Of a field that is no row, list or map; else null. */
    final Leaf leaf;

    /** Of a row: where in the log each of its fields is. */
    final int[] entries;

    Node(Field field, int parentDefinition, int parentRepetition, Supplier<Leaf> next) {
      this.field = field;
      this.definition = parentDefinition + (field.required ? 0 : 1);
      int repeated = field.type.kind() == DataType.Kind.ROW ? 0 : 1;
      this.repetition = parentRepetition + repeated;
      this.children = new Node[field.children.length];
      this.leaf = children.length == 0 ? next.get() : null;
      for (int i = 0; i < children.length; i++) {
        children[i] = new Node(field.children[i], definition + repeated, repetition, next);
      }
      this.entries = new int[children.length];
    }
  }

  /** The columns, in the order of the file. */
  List<Leaf> leaves() {
    return leaves;
  }

  void write(RowLog log) {
    for (int i = 0; i < row.children.length; i++) {
      int at = log.entry(i);
      if (at < 0) {
        setNull(row.children[i], 0, 0);
      } else {
        value(log, at, row.children[i], 0);
      }
    }
  }

  private static void setNull(Node node, int repetition, int lastDefined) {
    if (node.leaf != null) {
      node.leaf.setNull(repetition, lastDefined);
    } else {
      for (Node child : node.children) {
        setNull(child, repetition, lastDefined);
      }
    }
  }

  /** Writes one value; answers where the next begins. */
  private int value(RowLog log, int at, Node node, int repetition) {
    switch (log.operation(at)) {
      case NULL:
        setNull(node, repetition, node.definition - 1);
        return at + 2;
      case BEGIN_STRUCT:
        return struct(log, at + 2, node, repetition);
      case BEGIN_LIST:
        return entries(log, at + 2, RowLog.Operation.END_LIST, node, repetition);
      case BEGIN_MAP:
        return entries(log, at + 2, RowLog.Operation.END_MAP, node, repetition);
      default:
        scalar(log, at, node.field, node.leaf, repetition);
        return at + 2;
    }
  }

  private int struct(RowLog log, int start, Node node, int repetition) {
    Arrays.fill(node.entries, -1);
    int end = start;
    while (log.operation(end) != RowLog.Operation.END_STRUCT) {
      node.entries[log.column(end)] = end;
      end = log.after(end);
    }
    for (int i = 0; i < node.children.length; i++) {
      if (node.entries[i] < 0) {
        setNull(node.children[i], repetition, node.definition);
      } else {
        value(log, node.entries[i], node.children[i], repetition);
      }
    }
    return end + 2;
  }

  /** The elements of a list, or the keys and values of a map. */
  private int entries(
      RowLog log, int start, RowLog.Operation end, Node node, int repetitionOfFirst) {
    int at = start;
    if (log.operation(at) == end) {
      for (Node child : node.children) {
        setNull(child, repetitionOfFirst, node.definition);
      }
    }
    int repetition = repetitionOfFirst;
    while (log.operation(at) != end) {
      for (Node child : node.children) {
        at = value(log, at, child, repetition);
      }
      repetition = node.repetition;
    }
    return at + 2;
  }

  private static void scalar(RowLog row, int at, Field field, Leaf leaf, int repetition) {
    long value = row.value(at);
    switch (row.operation(at)) {
      case BOOLEAN -> leaf.setBoolean(repetition, value != 0);
      case INT -> leaf.setInt(repetition, (int) value);
      case LONG -> {
        if (field.type.kind() == DataType.Kind.TIME && ParquetSchemas.isMillis(field.type)) {
          leaf.setInt(repetition, (int) value);
        } else {
          leaf.setLong(repetition, value);
        }
      }
      case FLOAT -> leaf.setFloat(repetition, Float.intBitsToFloat((int) value));
      case DOUBLE -> leaf.setDouble(repetition, Double.longBitsToDouble(value));
      case DECIMAL -> decimal(field, leaf, repetition, value);
      case DECIMAL_BYTES -> {
        if (field.fixed == null) {
          decimal(field, leaf, repetition, row.unscaled(at));
        } else {
          wideDecimal(field, leaf, repetition, row.array(), (int) value, row.length(at));
        }
      }
      case UTF8, BYTES -> leaf.setText(repetition, row.array(), (int) value, row.length(at));
      case NULL, BEGIN_STRUCT, END_STRUCT, BEGIN_LIST, END_LIST, BEGIN_MAP, END_MAP ->
          throw new IllegalStateException(row.operation(at) + " is no value");
    }
  }

  private static void decimal(Field field, Leaf leaf, int repetition, long unscaled) {
    DataType.Decimal type = (DataType.Decimal) field.type;
    if (type.precision() <= 9) {
      leaf.setInt(repetition, (int) unscaled);
    } else if (type.precision() <= 18) {
      leaf.setLong(repetition, unscaled);
    } else {
      for (int i = field.fixed.length - 1, shift = 0; i >= 0; i--, shift += 8) {
        field.fixed[i] = (byte) (shift < 64 ? unscaled >> shift : unscaled >> 63);
      }
      leaf.setFixed(repetition, field.fixed);
    }
  }

  private static void wideDecimal(
      Field field, Leaf leaf, int repetition, byte[] bytes, int offset, int length) {
    int pad = field.fixed.length - length;
    int skipped = Math.max(0, -pad); // leading sign bytes of a longer encoding
    Arrays.fill(
        field.fixed, 0, Math.max(0, pad), (byte) (length > 0 && bytes[offset] < 0 ? -1 : 0));
    System.arraycopy(bytes, offset + skipped, field.fixed, Math.max(0, pad), length - skipped);
    leaf.setFixed(repetition, field.fixed);
  }
}
