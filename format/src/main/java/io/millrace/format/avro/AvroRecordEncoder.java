package io.millrace.format.avro;

import io.millrace.format.ByteSink;
import io.millrace.format.DecimalValue;
import io.millrace.format.RecordEncoder;
import io.millrace.model.BytesView;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.apache.avro.Schema;

/**
 * Writes rows in Confluent's wire format by a contract: a zero byte, the contract's id, Avro
 * binary. Enums are the only values that allocate. Equal rows give equal bytes, which keys rely on.
 */
public final class AvroRecordEncoder implements RecordEncoder {
  private final int id;
  private final WriteStep[] steps;
  private final DecimalValue decimal = new DecimalValue();

  /**
   * Column i of the contract is read from the row's column {@code indexes[i]}. A contract that is
   * not a record holds the only column. Throws INVALID_TYPE where contract and columns do not fit.
   */
  public AvroRecordEncoder(int id, Schema contract, List<Column> columns, int[] indexes) {
    this.id = id;
    if (contract.getType() == Schema.Type.RECORD) {
      steps = WritePlanner.record(contract, columns, indexes);
    } else if (columns.size() == 1) {
      steps = new WriteStep[] {WritePlanner.value(contract, columns.get(0), indexes[0])};
    } else {
      throw new MillraceException(
          ErrorCode.INVALID_TYPE,
          "Cannot write " + columns.size() + " columns by a contract of type " + contract);
    }
  }

  @Override
  public void encode(RowReader row, ByteSink out) {
    out.ensure(64);
    out.write(0);
    out.write(id >>> 24);
    out.write(id >>> 16);
    out.write(id >>> 8);
    out.write(id);
    for (WriteStep step : steps) {
      write(step, row, step.column, out);
    }
  }

  private void write(WriteStep step, RowReader row, int column, ByteSink out) {
    if (step.op == WriteStep.CONSTANT) {
      out.write(step.constant);
      return;
    }
    if (row.isNull(column)) {
      if (step.nullBranch < 0) {
        throw refused(step, "NULL in a NOT NULL column");
      }
      writeLong(step.nullBranch, out);
      return;
    }
    if (step.valueBranch >= 0) {
      writeLong(step.valueBranch, out);
    }
    switch (step.op) {
      case WriteStep.UTF8 -> writeBytes(row.utf8(column), out);
      case WriteStep.INT -> writeLong(row.getInt(column), out);
      case WriteStep.LONG -> writeLong(row.getLong(column), out);
      case WriteStep.DOUBLE -> writeDouble(row.getDouble(column), out);
      case WriteStep.FLOAT -> writeInt32(Float.floatToRawIntBits(row.getFloat(column)), out);
      case WriteStep.BOOLEAN -> out.write(row.getBoolean(column) ? 1 : 0);
      case WriteStep.INT_TO_FLOAT ->
          writeInt32(Float.floatToRawIntBits(exactFloat(step, row.getInt(column))), out);
      case WriteStep.INT_TO_DOUBLE -> writeDouble(row.getInt(column), out);
      case WriteStep.FLOAT_TO_DOUBLE -> writeDouble(row.getFloat(column), out);
      case WriteStep.LONG_TIMES -> writeLong(times(step, row.getLong(column)), out);
      case WriteStep.LONG_OVER -> writeLong(over(step, row.getLong(column)), out);
      case WriteStep.BYTES -> writeBytes(row.bytes(column), out);
      case WriteStep.FIXED -> writeFixed(step, row.bytes(column), out);
      case WriteStep.UUID -> writeUuid(step, row.utf8(column), out);
      case WriteStep.ENUM -> writeEnum(step, row.utf8(column), out);
      case WriteStep.DECIMAL -> writeDecimal(step, row, column, out);
      case WriteStep.STRUCT -> {
        RowReader struct = row.getStruct(column);
        for (WriteStep field : step.steps) {
          write(field, struct, field.column, out);
        }
      }
      case WriteStep.LIST -> {
        RowReader list = row.getList(column);
        writeItems(step, null, list, list.size(), out);
      }
      case WriteStep.MAP -> {
        RowReader keys = row.getMapKeys(column);
        writeItems(step, keys, row.getMapValues(column), keys.size(), out);
      }
      default -> throw new IllegalStateException("no such step: " + step.op);
    }
  }

  private void writeItems(
      WriteStep step, RowReader keys, RowReader values, int size, ByteSink out) {
    if (size > 0) {
      writeLong(size, out);
      for (int i = 0; i < size; i++) {
        if (keys != null) {
          if (keys.isNull(i)) {
            throw refused(step, "NULL as a key of a map");
          }
          writeBytes(keys.utf8(i), out);
        }
        write(step.item, values, i, out);
      }
    }
    out.write(0);
  }

  private static MillraceException refused(WriteStep step, String why) {
    return new MillraceException(
        ErrorCode.ROW_REFUSED,
        "Cannot write column " + step.name + " as " + step.type.bareText() + ": " + why);
  }

  private static float exactFloat(WriteStep step, int value) {
    float converted = value;
    if ((double) converted != value) {
      throw refused(step, value + " is not exact as the contract's float");
    }
    return converted;
  }

  private static long times(WriteStep step, long value) {
    long product = value * step.factor;
    if (Math.multiplyHigh(value, step.factor) != product >> 63) {
      throw refused(step, "out of range: " + value);
    }
    return product;
  }

  private static long over(WriteStep step, long value) {
    if (value % step.factor != 0) {
      throw refused(step, "finer than the contract's unit: " + value);
    }
    return value / step.factor;
  }

  private void writeDecimal(WriteStep step, RowReader row, int column, ByteSink out) {
    decimal.set(row, column);
    if (!decimal.rescale(step.fromScale, step.toScale) || !decimal.fits(step.precision)) {
      throw refused(step, "does not fit the contract's decimal");
    }
    int length = decimal.minimalLength();
    if (step.size < 0) {
      writeLong(length, out);
    } else if (length > step.size) {
      throw refused(step, "does not fit the contract's " + step.size + " bytes");
    }
    for (int i = length; i < step.size; i++) {
      out.write(decimal.isNegative() ? -1 : 0);
    }
    decimal.writeMinimal(out);
  }

  private static void writeFixed(WriteStep step, BytesView view, ByteSink out) {
    if (view.length() != step.size) {
      throw refused(step, view.length() + " bytes where the contract says " + step.size);
    }
    out.write(view.array(), view.offset(), view.length());
  }

  private static void writeUuid(WriteStep step, BytesView view, ByteSink out) {
    UUID uuid;
    try {
      uuid = UUID.fromString(text(view));
    } catch (IllegalArgumentException e) {
      throw refused(step, "not a UUID");
    }
    for (int shift = 56; shift >= 0; shift -= 8) {
      out.write((int) (uuid.getMostSignificantBits() >> shift));
    }
    for (int shift = 56; shift >= 0; shift -= 8) {
      out.write((int) (uuid.getLeastSignificantBits() >> shift));
    }
  }

  private static void writeEnum(WriteStep step, BytesView view, ByteSink out) {
    String symbol = text(view);
    Integer ordinal = step.symbols.get(symbol);
    if (ordinal == null) {
      throw refused(step, "the contract's enum has no symbol '" + symbol + "'");
    }
    writeLong(ordinal, out);
  }

  private static String text(BytesView view) {
    return new String(view.array(), view.offset(), view.length(), StandardCharsets.UTF_8);
  }

  private static void writeBytes(BytesView view, ByteSink out) {
    writeLong(view.length(), out);
    out.write(view.array(), view.offset(), view.length());
  }

  private static void writeInt32(int bits, ByteSink out) {
    out.ensure(4);
    for (int shift = 0; shift < 32; shift += 8) {
      out.write(bits >> shift);
    }
  }

  private static void writeDouble(double value, ByteSink out) {
    long bits = Double.doubleToRawLongBits(value);
    out.ensure(8);
    for (int shift = 0; shift < 64; shift += 8) {
      out.write((int) (bits >> shift));
    }
  }

  private static void writeLong(long value, ByteSink out) {
    long left = value << 1 ^ value >> 63;
    if ((left & ~0x7fL) == 0) { // most lengths, all branches
      out.write((int) left);
      return;
    }
    out.ensure(10);
    byte[] array = out.array();
    int end = out.length();
    do {
      array[end++] = (byte) (left & 0x7f | 0x80);
      left >>>= 7;
    } while ((left & ~0x7fL) != 0);
    array[end++] = (byte) left;
    out.length(end);
  }
}
