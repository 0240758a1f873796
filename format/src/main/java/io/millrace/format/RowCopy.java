package io.millrace.format;

import io.millrace.model.BytesView;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowReader;
import io.millrace.model.RowWriter;
import java.util.List;

/** Hands values on from a row that is read to one that is written. Stateless. */
public final class RowCopy {
  private RowCopy() {}

  /** Writes the value of one row's column, which is of this type in both, to another's. */
  public static void copy(
      RowReader from, int column, DataType type, RowWriter to, int targetColumn) {
    if (from.isNull(column)) {
      to.setNull(targetColumn);
      return;
    }
    switch (type.kind()) {
      case BOOLEAN -> to.setBoolean(targetColumn, from.getBoolean(column));
      case INT, DATE -> to.setInt(targetColumn, from.getInt(column));
      case BIGINT, TIME, TIMESTAMP, TIMESTAMP_LTZ -> to.setLong(targetColumn, from.getLong(column));
      case FLOAT -> to.setFloat(targetColumn, from.getFloat(column));
      case DOUBLE -> to.setDouble(targetColumn, from.getDouble(column));
      case DECIMAL -> {
        if (from.isCompactDecimal(column)) {
          to.setDecimal(targetColumn, from.getDecimal(column));
        } else {
          BytesView bytes = from.getDecimalBytes(column);
          to.setDecimal(targetColumn, bytes.array(), bytes.offset(), bytes.length());
        }
      }
      case STRING -> {
        BytesView text = from.utf8(column);
        to.setUtf8(targetColumn, text.array(), text.offset(), text.length());
      }
      case BYTES -> {
        BytesView bytes = from.bytes(column);
        to.setBytes(targetColumn, bytes.array(), bytes.offset(), bytes.length());
      }
      case ARRAY -> {
        RowReader list = from.getList(column);
        DataType element = ((DataType.Array) type).element();
        to.beginList(targetColumn);
        for (int i = 0; i < list.size(); i++) {
          copy(list, i, element, to, 0);
        }
        to.endList();
      }
      case MAP -> {
        RowReader keys = from.getMapKeys(column);
        RowReader values = from.getMapValues(column);
        DataType value = ((DataType.Map) type).value();
        to.beginMap(targetColumn);
        for (int i = 0; i < keys.size(); i++) {
          copy(keys, i, DataType.STRING, to, 0);
          copy(values, i, value, to, 1);
        }
        to.endMap();
      }
      case ROW -> {
        RowReader row = from.getStruct(column);
        List<Column> fields = ((DataType.Row) type).fields();
        to.beginStruct(targetColumn);
        for (int i = 0; i < fields.size(); i++) {
          copy(row, i, fields.get(i).type(), to, i);
        }
        to.endStruct();
      }
    }
  }
}
