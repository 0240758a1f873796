package io.millrace.serving;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.ArrowType;

/** Reads values as plain Java objects out of the vectors of an answer. */
final class ArrowValues {
  private final DictionaryProvider dictionaries;

  ArrowValues(DictionaryProvider dictionaries) {
    this.dictionaries = dictionaries;
  }

  Object value(FieldVector vector, int row) {
    if (vector.isNull(row)) {
      return null;
    }
    if (vector.getField().getDictionary() != null) {
      Dictionary words = dictionaries.lookup(vector.getField().getDictionary().getId());
      int word = ((Number) vector.getObject(row)).intValue();
      return value((FieldVector) words.getVector(), word);
    }
    return switch (vector.getMinorType()) {
      case BIT, INT, FLOAT4, FLOAT8, DECIMAL, VARBINARY, LARGEVARBINARY, FIXEDSIZEBINARY ->
          vector.getObject(row);
      case BIGINT -> ((BigIntVector) vector).get(row);
      case TINYINT, SMALLINT -> ((Number) vector.getObject(row)).intValue();
      case UINT1 -> ((UInt1Vector) vector).get(row) & 0xff;
      case UINT2 -> (int) (Character) vector.getObject(row);
      case UINT4 -> Integer.toUnsignedLong(((UInt4Vector) vector).get(row));
      case UINT8 -> unsigned(((UInt8Vector) vector).get(row));
      case DATEDAY -> LocalDate.ofEpochDay(((DateDayVector) vector).get(row));
      case TIMEMICRO -> LocalTime.ofNanoOfDay(((TimeMicroVector) vector).get(row) * 1000);
      case TIMESTAMPSEC, TIMESTAMPSECTZ -> timestamp(vector, row, 1_000_000_000L);
      case TIMESTAMPMILLI, TIMESTAMPMILLITZ -> timestamp(vector, row, 1_000_000L);
      case TIMESTAMPMICRO, TIMESTAMPMICROTZ -> timestamp(vector, row, 1_000L);
      case TIMESTAMPNANO, TIMESTAMPNANOTZ -> timestamp(vector, row, 1L);
      case LIST -> {
        ListVector list = (ListVector) vector;
        yield list(
            list.getDataVector(), list.getElementStartIndex(row), list.getElementEndIndex(row));
      }
      case FIXED_SIZE_LIST -> {
        FixedSizeListVector list = (FixedSizeListVector) vector;
        int size = list.getListSize();
        yield list(list.getDataVector(), row * size, (row + 1) * size);
      }
      case MAP -> map((MapVector) vector, row);
      case STRUCT -> row((StructVector) vector, row);
      default -> vector.getObject(row).toString();
    };
  }

  private static BigDecimal unsigned(long bits) {
    return new BigDecimal(new BigInteger(Long.toUnsignedString(bits)));
  }

  private static Object timestamp(FieldVector vector, int row, long nanosPerUnit) {
    long units = ((TimeStampVector) vector).get(row);
    long unitsPerSecond = 1_000_000_000L / nanosPerUnit;
    long seconds = Math.floorDiv(units, unitsPerSecond);
    int nanos = (int) (Math.floorMod(units, unitsPerSecond) * nanosPerUnit);
    boolean local = ((ArrowType.Timestamp) vector.getField().getType()).getTimezone() == null;
    return local
        ? LocalDateTime.ofEpochSecond(seconds, nanos, ZoneOffset.UTC)
        : Instant.ofEpochSecond(seconds, nanos);
  }

  private List<Object> list(FieldVector elements, int start, int end) {
    List<Object> list = new ArrayList<>(end - start);
    for (int i = start; i < end; i++) {
      list.add(value(elements, i));
    }
    return list;
  }

  private Map<String, Object> map(MapVector vector, int row) {
    StructVector entries = (StructVector) vector.getDataVector();
    FieldVector keys = entries.getChildrenFromFields().get(0);
    FieldVector values = entries.getChildrenFromFields().get(1);
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = vector.getElementStartIndex(row); i < vector.getElementEndIndex(row); i++) {
      map.put(String.valueOf(value(keys, i)), value(values, i));
    }
    return map;
  }

  private Map<String, Object> row(StructVector vector, int row) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (FieldVector field : vector.getChildrenFromFields()) {
      fields.put(field.getName(), value(field, row));
    }
    return fields;
  }
}
