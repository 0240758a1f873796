package io.millrace.sink.snowflake;

import io.millrace.model.DataType;
import io.millrace.model.RowKind;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import io.millrace.sink.RowRefusedException;
import io.millrace.sink.parquet.RowLog;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;

/**
 * Rows of the contract on their way into a staged file. Each is checked against the table's own
 * types, widths and NOT NULLs, so that what Snowflake would refuse is refused here, alone: there it
 * would refuse the batch. Nested values become JSON. Nothing is allocated per plain field. Not
 * thread-safe.
 */
final class FittingRows implements RowWriter {
  /** Years 0001 to 9999, which is what Snowflake's dates and timestamps take. */
  private static final long FIRST_DAY = -719_162;

  private static final long LAST_DAY = 2_932_896;
  private static final long MILLIS_PER_DAY = 86_400_000;

  private final List<TargetColumn> columns;
  private final SnowflakeSink sink;
  private final DataType[] types;
  private final long[] lowest;
  private final long[] highest;
  private final BigInteger[] decimalLimits;
  private final boolean[] keys;
  private final boolean[] present;
  private final RowLog log;
  private final JsonText json = new JsonText();

  private RowKind kind = RowKind.UPSERT;
  private int partition;
  private long offset;
  private long sequence;
  private int nested = -1;
  private int refusedColumn;
  private String refusal;

  FittingRows(SnowflakeSink sink, RowSchema staged, Runnable onRow) {
    this.sink = sink;
    this.columns = sink.columns();
    this.log = new RowLog(staged, onRow);
    int size = columns.size();
    this.types = new DataType[size];
    this.lowest = new long[size];
    this.highest = new long[size];
    this.decimalLimits = new BigInteger[size];
    this.keys = new boolean[size];
    this.present = new boolean[size];
    for (int i = 0; i < size; i++) {
      TargetColumn column = columns.get(i);
      types[i] = column.contract().type();
      keys[i] = sink.keys().contains(column.name());
      bounds(i, column);
    }
  }

  private void bounds(int i, TargetColumn column) {
    lowest[i] = Long.MIN_VALUE;
    highest[i] = Long.MAX_VALUE;
    switch (types[i].kind()) {
      case INT, BIGINT -> {
        if (column.type().base().equals("NUMBER")
            && column.type().first() - column.type().second() < 19) {
          highest[i] = power(column.type().first() - column.type().second()).longValueExact() - 1;
          lowest[i] = -highest[i];
        }
      }
      case DECIMAL -> {
        DataType.Decimal decimal = (DataType.Decimal) types[i];
        long whole = column.type().first() - column.type().second();
        if (whole < decimal.precision() - decimal.scale()) {
          decimalLimits[i] = power(whole + decimal.scale());
        }
      }
      case STRING, BYTES -> highest[i] = column.type().first();
      case DATE -> {
        lowest[i] = FIRST_DAY;
        highest[i] = LAST_DAY;
      }
      case TIME -> {
        lowest[i] = 0;
        highest[i] = MILLIS_PER_DAY * perMilli(types[i]) - 1;
      }
      case TIMESTAMP, TIMESTAMP_LTZ -> {
        lowest[i] = FIRST_DAY * MILLIS_PER_DAY * perMilli(types[i]);
        highest[i] = (LAST_DAY + 1) * MILLIS_PER_DAY * perMilli(types[i]) - 1;
      }
      case BOOLEAN, FLOAT, DOUBLE, ARRAY, MAP, ROW -> {}
    }
  }

  private static BigInteger power(long exponent) {
    return BigInteger.TEN.pow(Math.toIntExact(exponent));
  }

  private static long perMilli(DataType type) {
    return ((DataType.Temporal) type).precision() == 3 ? 1 : 1000;
  }

  /** The row as it lies in the file, for as long as {@code onRow} runs. */
  RowLog log() {
    return log;
  }

  void next(int ofPartition, long atOffset, RowKind ofKind) {
    partition = ofPartition;
    offset = atOffset;
    kind = ofKind;
  }

  private void refuse(int column, String why) {
    if (refusal == null) {
      refusedColumn = column;
      refusal = why;
    }
  }

  // ---- rows -----------------------------------------------------------------------------------

  @Override
  public void beginRow() {
    log.beginRow();
    Arrays.fill(present, false);
    nested = -1;
    refusal = null;
  }

  @Override
  public void endRow() {
    for (int i = 0; i < present.length; i++) {
      if (!present[i] && columns.get(i).required() && (kind == RowKind.UPSERT || keys[i])) {
        refuse(i, "it is NOT NULL and the row has no value for it");
      }
    }
    if (refusal != null) {
      log.abandonRow();
      String name = columns.get(refusedColumn).contract().name();
      throw new RowRefusedException(name, "Cannot write column " + name + ": " + refusal);
    }
    int more = columns.size();
    if (sink.isTable()) {
      log.setBoolean(more++, kind == RowKind.DELETE);
      log.setLong(more++, sequence++);
    }
    if (sink.lineage()) {
      log.setInt(more++, partition);
      log.setLong(more, offset);
    }
    log.endRow();
  }

  @Override
  public void abandonRow() {
    log.abandonRow();
    nested = -1;
  }

  // ---- values ---------------------------------------------------------------------------------

  @Override
  public void setNull(int column) {
    if (nested >= 0) {
      json.member(column, true);
      json.writeNull();
    } else {
      log.setNull(column);
    }
  }

  @Override
  public void setBoolean(int column, boolean value) {
    if (nested >= 0) {
      json.member(column, false);
      json.writeBoolean(value);
    } else {
      present[column] = true;
      log.setBoolean(column, value);
    }
  }

  @Override
  public void setInt(int column, int value) {
    if (nested >= 0) {
      json.writeLong(value, json.member(column, false));
    } else {
      check(column, value);
      log.setInt(column, value);
    }
  }

  @Override
  public void setLong(int column, long value) {
    if (nested >= 0) {
      json.writeLong(value, json.member(column, false));
    } else {
      check(column, value);
      log.setLong(column, value);
    }
  }

  private void check(int column, long value) {
    present[column] = true;
    if (value < lowest[column] || value > highest[column]) {
      refuse(column, "a value is out of range of " + columns.get(column).type().text());
    }
  }

  @Override
  public void setFloat(int column, float value) {
    if (nested >= 0) {
      json.member(column, false);
      json.writeDouble(value, Float.toString(value));
    } else {
      present[column] = true;
      log.setFloat(column, value);
    }
  }

  @Override
  public void setDouble(int column, double value) {
    if (nested >= 0) {
      json.member(column, false);
      json.writeDouble(value, Double.toString(value));
    } else {
      present[column] = true;
      log.setDouble(column, value);
    }
  }

  @Override
  public void setDecimal(int column, long unscaled) {
    if (nested >= 0) {
      json.writeDecimal(BigInteger.valueOf(unscaled), json.member(column, false));
      return;
    }
    present[column] = true;
    if (decimalLimits[column] != null) {
      checkDecimal(column, BigInteger.valueOf(unscaled));
    }
    log.setDecimal(column, unscaled);
  }

  @Override
  public void setDecimal(int column, byte[] source, int start, int length) {
    if (nested >= 0) {
      json.writeDecimal(new BigInteger(source, start, length), json.member(column, false));
      return;
    }
    present[column] = true;
    if (decimalLimits[column] != null) {
      checkDecimal(column, new BigInteger(source, start, length));
    }
    log.setDecimal(column, source, start, length);
  }

  private void checkDecimal(int column, BigInteger unscaled) {
    if (unscaled.abs().compareTo(decimalLimits[column]) >= 0) {
      refuse(column, "a value is out of range of " + columns.get(column).type().text());
    }
  }

  @Override
  public void setUtf8(int column, byte[] source, int start, int length) {
    if (nested >= 0) {
      json.member(column, false);
      json.writeUtf8(source, start, length);
      return;
    }
    present[column] = true;
    if (length > highest[column] && characters(source, start, length) > highest[column]) {
      refuse(column, "a text is too long for " + columns.get(column).type().text());
    }
    log.setUtf8(column, source, start, length);
  }

  /** VARCHAR counts characters: bytes that do not continue one. */
  private static long characters(byte[] utf8, int start, int length) {
    long characters = 0;
    for (int i = start; i < start + length; i++) {
      characters += (utf8[i] & 0xC0) == 0x80 ? 0 : 1;
    }
    return characters;
  }

  @Override
  public void setBytes(int column, byte[] source, int start, int length) {
    if (nested >= 0) {
      json.member(column, false);
      json.writeHex(source, start, length);
      return;
    }
    present[column] = true;
    if (length > highest[column]) {
      refuse(column, "a value is too long for " + columns.get(column).type().text());
    }
    log.setBytes(column, source, start, length);
  }

  @Override
  public void beginStruct(int column) {
    begin(column);
  }

  @Override
  public void endStruct() {
    end();
  }

  @Override
  public void beginList(int column) {
    begin(column);
  }

  @Override
  public void endList() {
    end();
  }

  @Override
  public void beginMap(int column) {
    begin(column);
  }

  @Override
  public void endMap() {
    end();
  }

  private void begin(int column) {
    if (nested >= 0) {
      json.begin(json.member(column, false));
      return;
    }
    nested = column;
    present[column] = true;
    json.start();
    json.begin(types[column]);
  }

  private void end() {
    json.end();
    if (json.isWhole()) {
      if (json.problem() != null) {
        refuse(nested, json.problem());
      }
      log.setUtf8(nested, json.bytes(), 0, json.size());
      nested = -1;
    }
  }
}
