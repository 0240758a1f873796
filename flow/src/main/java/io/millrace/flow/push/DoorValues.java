package io.millrace.flow.push;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.types.Row;

/** Flink's values as the plain Java objects that doors hand out. */
final class DoorValues {
  private DoorValues() {}

  static Object of(Object value, DataType type) {
    if (value == null) {
      return null;
    }
    return switch (type.kind()) {
      case INT -> ((Number) value).intValue();
      case ARRAY -> list(value, ((DataType.Array) type).element());
      case MAP -> map((Map<?, ?>) value, ((DataType.Map) type).value());
      case ROW -> row((Row) value, ((DataType.Row) type).fields());
      case BOOLEAN,
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
          value;
    };
  }

  private static List<Object> list(Object array, DataType element) {
    int size = Array.getLength(array);
    List<Object> list = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      list.add(of(Array.get(array, i), element));
    }
    return list;
  }

  private static Map<String, Object> map(Map<?, ?> entries, DataType valueType) {
    Map<String, Object> map = new LinkedHashMap<>();
    entries.forEach((key, value) -> map.put(String.valueOf(key), of(value, valueType)));
    return map;
  }

  private static Map<String, Object> row(Row row, List<Column> fields) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < fields.size(); i++) {
      map.put(fields.get(i).name(), of(row.getField(i), fields.get(i).type()));
    }
    return map;
  }
}
