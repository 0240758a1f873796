package io.millrace.sink.jdbc;

import io.millrace.model.DataType;
import io.millrace.sink.RowRefusedException;
import io.millrace.sink.parquet.RowLog;
import java.io.Serializable;
import java.math.BigDecimal;

/**
 * A column of the contract and what the target's column of that name takes.
 *
 * @param name as the contract has it
 * @param target as the target has it: the two may differ in case
 * @param required whether the target's column is NOT NULL
 * @param characters the longest STRING; {@link #ANY} where it does not matter
 * @param bytes the widest whole number, in bytes; {@link #ANY} where it does not matter
 * @param digits the most digits before the point; {@link #ANY} where it does not matter
 */
record TargetColumn(
    String name,
    String target,
    DataType type,
    boolean key,
    boolean required,
    int characters,
    int bytes,
    int digits)
    implements Serializable {
  static final int ANY = Integer.MAX_VALUE;

  /**
   * The days 0001-01-01 and 10000-01-01, since 1970: the years that every database writes alike.
   */
  private static final long FIRST_DAY = -719_162;

  private static final long END_DAY = 2_932_897;

  /** Throws {@link RowRefusedException} where the target cannot take this column of the row. */
  void check(RowLog row, int index, Dialect dialect) {
    if (row.isNull(index)) {
      if (required) {
        throw refuse("it is NOT NULL and the row has no value for it");
      }
      return;
    }
    switch (type.kind()) {
      case INT, BIGINT -> checkNumber(row.getLong(index));
      case DECIMAL -> checkDecimal(row, index);
      case STRING -> checkText(row, index, dialect);
      case FLOAT -> checkFinite(Float.intBitsToFloat((int) row.getLong(index)), dialect);
      case DOUBLE -> checkFinite(Double.longBitsToDouble(row.getLong(index)), dialect);
      case DATE -> checkDay(row.getLong(index));
      case TIMESTAMP, TIMESTAMP_LTZ ->
          checkDay(
              Math.floorDiv(
                  row.getLong(index),
                  86_400L * (((DataType.Temporal) type).precision() == 3 ? 1_000 : 1_000_000)));
      case BOOLEAN, BYTES, TIME, ARRAY, MAP, ROW -> {}
    }
  }

  private void checkNumber(long value) {
    if (bytes < Long.BYTES && value != value << 64 - 8 * bytes >> 64 - 8 * bytes) {
      throw refuse(value + " is out of range of a number of " + bytes + " bytes");
    }
    if (digits != ANY && Long.toString(Math.abs(value)).length() > digits) {
      throw refuse(value + " has more than " + digits + " digits");
    }
  }

  private void checkDecimal(RowLog row, int index) {
    if (digits == ANY) {
      return;
    }
    BigDecimal value = row.getDecimal(index, ((DataType.Decimal) type).scale());
    if (value.signum() != 0 && value.precision() - value.scale() > digits) {
      throw refuse(value + " has more than " + digits + " digits before the point");
    }
  }

  private void checkText(RowLog row, int index, Dialect dialect) {
    int length = row.characters(index);
    if (length > characters) {
      throw refuse("a text of " + length + " characters is longer than " + characters);
    }
    if (!dialect.holdsZeroCharacter() && row.hasZeroByte(index)) {
      throw refuse("the database holds no text with a zero character");
    }
  }

  private void checkFinite(double value, Dialect dialect) {
    if (!Double.isFinite(value) && !dialect.holdsNotANumber()) {
      throw refuse("the database holds no " + value);
    }
  }

  private void checkDay(long day) {
    if (day < FIRST_DAY || day >= END_DAY) {
      throw refuse("its year is not one of 1 to 9999");
    }
  }

  RowRefusedException refuse(String reason) {
    return new RowRefusedException(name, "Cannot write column " + name + ": " + reason);
  }
}
