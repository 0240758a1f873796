package io.millrace.interop.spark;

import io.millrace.model.RowWriter;
import java.math.BigDecimal;
import java.util.Arrays;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Pushes rows of a frame into a row writer. Spark makes an object for each text, decimal and nested
 * value that is read; nothing else is allocated per field. Not thread-safe.
 */
final class FrameRows {
  /** Reads one value, which is not NULL, and writes it. */
  private interface Step {
    void push(SpecializedGetters from, int ordinal, int column, RowWriter to);
  }

  private final int[] ordinals;
  private final Step[] steps;

  /** Column i of the writer is the frame's column {@code ordinals[i]}. */
  FrameRows(StructType schema, int[] ordinals) {
    this.ordinals = ordinals.clone();
    this.steps =
        Arrays.stream(ordinals)
            .mapToObj(ordinal -> step(schema.fields()[ordinal].dataType()))
            .toArray(Step[]::new);
  }

  /** Writes one row, of these columns alone where some are named. */
  void push(InternalRow row, int[] only, RowWriter to) {
    to.beginRow();
    for (int column = 0; column < steps.length; column++) {
      if (only == null || contains(only, column)) {
        push(steps[column], row, ordinals[column], column, to);
      }
    }
    to.endRow();
  }

  private static boolean contains(int[] all, int one) {
    for (int each : all) {
      if (each == one) {
        return true;
      }
    }
    return false;
  }

  private static void push(
      Step step, SpecializedGetters from, int ordinal, int column, RowWriter to) {
    if (from.isNullAt(ordinal)) {
      to.setNull(column);
    } else {
      step.push(from, ordinal, column, to);
    }
  }

  private static Step step(DataType type) {
    if (type instanceof StringType) {
      return (from, ordinal, column, to) -> {
        byte[] utf8 = from.getUTF8String(ordinal).getBytes();
        to.setUtf8(column, utf8, 0, utf8.length);
      };
    }
    if (type instanceof DecimalType decimal) {
      return decimal(decimal.precision(), decimal.scale());
    }
    if (type instanceof ArrayType array) {
      return list(step(array.elementType()));
    }
    if (type instanceof MapType map) {
      return map(step(map.keyType()), step(map.valueType()));
    }
    if (type instanceof StructType struct) {
      return struct(
          Arrays.stream(struct.fields())
              .map(StructField::dataType)
              .map(FrameRows::step)
              .toArray(Step[]::new));
    }
    return switch (type.typeName()) {
      case "boolean" -> (from, o, column, to) -> to.setBoolean(column, from.getBoolean(o));
      case "byte" -> (from, o, column, to) -> to.setInt(column, from.getByte(o));
      case "short" -> (from, o, column, to) -> to.setInt(column, from.getShort(o));
      case "integer", "date" -> (from, o, column, to) -> to.setInt(column, from.getInt(o));
      case "float" -> (from, o, column, to) -> to.setFloat(column, from.getFloat(o));
      case "double" -> (from, o, column, to) -> to.setDouble(column, from.getDouble(o));
      case "binary" ->
          (from, o, column, to) -> {
            byte[] bytes = from.getBinary(o);
            to.setBytes(column, bytes, 0, bytes.length);
          };
      // BIGINT, times of day and both kinds of timestamp.
      default -> (from, o, column, to) -> to.setLong(column, from.getLong(o));
    };
  }

  private static Step decimal(int precision, int scale) {
    return (from, ordinal, column, to) -> {
      Decimal value = from.getDecimal(ordinal, precision, scale);
      if (precision <= Decimal.MAX_LONG_DIGITS()) {
        to.setDecimal(column, value.toUnscaledLong());
      } else {
        BigDecimal whole = value.toJavaBigDecimal();
        byte[] unscaled = whole.unscaledValue().toByteArray();
        to.setDecimal(column, unscaled, 0, unscaled.length);
      }
    };
  }

  private static Step list(Step element) {
    return (from, ordinal, column, to) -> {
      ArrayData array = from.getArray(ordinal);
      to.beginList(column);
      for (int i = 0; i < array.numElements(); i++) {
        push(element, array, i, 0, to);
      }
      to.endList();
    };
  }

  private static Step map(Step key, Step value) {
    return (from, ordinal, column, to) -> {
      MapData map = from.getMap(ordinal);
      ArrayData keys = map.keyArray();
      ArrayData values = map.valueArray();
      to.beginMap(column);
      for (int i = 0; i < map.numElements(); i++) {
        key.push(keys, i, 0, to);
        push(value, values, i, 1, to);
      }
      to.endMap();
    };
  }

  private static Step struct(Step[] fields) {
    return (from, ordinal, column, to) -> {
      InternalRow struct = from.getStruct(ordinal, fields.length);
      to.beginStruct(column);
      for (int i = 0; i < fields.length; i++) {
        push(fields[i], struct, i, i, to);
      }
      to.endStruct();
    };
  }
}
