package io.millrace.format.testkit;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Schemas and rows of door values, from a seed. */
public final class RandomRows {
  private static final int[] POINTS = {
    'a', 'Z', '0', ' ', '"', '\\', ',', '\n', 0xe9, 0x20ac, 0x1f600
  };

  private final Random random;

  public RandomRows(long seed) {
    random = new Random(seed);
  }

  public Random random() {
    return random;
  }

  public RowSchema schema(boolean nested) {
    List<Column> columns = new ArrayList<>();
    int count = 1 + random.nextInt(10);
    for (int i = 0; i < count; i++) {
      columns.add(new Column("column_" + i, type(nested ? 2 : 0)));
    }
    return new RowSchema(columns, List.of());
  }

  public DataType type(int depth) {
    DataType type =
        switch (random.nextInt(depth > 0 ? 15 : 12)) {
          case 0 -> DataType.BOOLEAN;
          case 1 -> DataType.INT;
          case 2 -> DataType.BIGINT;
          case 3 -> DataType.FLOAT;
          case 4 -> DataType.DOUBLE;
          case 5 -> {
            int precision = 1 + random.nextInt(38);
            yield DataType.decimal(precision, random.nextInt(precision + 1));
          }
          case 6 -> DataType.STRING;
          case 7 -> DataType.BYTES;
          case 8 -> DataType.DATE;
          case 9 -> DataType.time(random.nextBoolean() ? 3 : 6);
          case 10 -> DataType.timestamp(random.nextBoolean() ? 3 : 6);
          case 11 -> DataType.timestampLtz(random.nextBoolean() ? 3 : 6);
          case 12 -> new DataType.Array(type(depth - 1), true);
          case 13 -> new DataType.Map(type(depth - 1), true);
          default -> {
            List<Column> fields = new ArrayList<>();
            for (int i = 0; i <= random.nextInt(3); i++) {
              fields.add(new Column("field_" + i, type(depth - 1)));
            }
            yield new DataType.Row(fields, true);
          }
        };
    return type.withNullable(random.nextInt(3) > 0);
  }

  public Object[] row(RowSchema schema) {
    return schema.columns().stream().map(column -> value(column.type())).toArray();
  }

  public Object value(DataType type) {
    if (type.nullable() && random.nextInt(4) == 0) {
      return null;
    }
    return switch (type.kind()) {
      case BOOLEAN -> random.nextBoolean();
      case INT -> (int) number();
      case BIGINT -> number();
      case FLOAT -> random.nextInt(5) == 0 ? random.nextInt(100) : (float) random.nextGaussian();
      case DOUBLE -> random.nextInt(5) == 0 ? Double.MIN_VALUE : random.nextGaussian() * 1e9;
      case DECIMAL -> decimal((DataType.Decimal) type);
      case STRING -> text();
      case BYTES -> {
        byte[] bytes = new byte[random.nextInt(12)];
        random.nextBytes(bytes);
        yield bytes;
      }
      case DATE -> LocalDate.ofEpochDay(random.nextInt(2_000_000) - 600_000);
      case TIME ->
          LocalTime.ofNanoOfDay(
              Math.floorMod(random.nextLong(), 86_400_000_000L) / cut(type) * cut(type) * 1000);
      case TIMESTAMP -> LocalDateTime.ofInstant(instant(type), ZoneOffset.UTC);
      case TIMESTAMP_LTZ -> instant(type);
      case ARRAY -> {
        List<Object> list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          list.add(value(((DataType.Array) type).element()));
        }
        yield list;
      }
      case MAP -> {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          map.put(text() + i, value(((DataType.Map) type).value()));
        }
        yield map;
      }
      case ROW -> {
        Map<String, Object> map = new LinkedHashMap<>();
        for (Column field : ((DataType.Row) type).fields()) {
          map.put(field.name(), value(field.type()));
        }
        yield map;
      }
    };
  }

  private static long cut(DataType type) {
    return ((DataType.Temporal) type).precision() == 3 ? 1000 : 1;
  }

  private long number() {
    return switch (random.nextInt(6)) {
      case 0 -> Long.MIN_VALUE;
      case 1 -> Long.MAX_VALUE;
      case 2 -> 0;
      case 3 -> random.nextInt(200) - 100;
      default -> random.nextLong() >> random.nextInt(64);
    };
  }

  private BigDecimal decimal(DataType.Decimal type) {
    BigInteger limit = BigInteger.TEN.pow(type.precision());
    BigInteger unscaled =
        random.nextInt(6) == 0
            ? limit.subtract(BigInteger.ONE)
            : new BigInteger(1 + random.nextInt(127), random).mod(limit);
    return new BigDecimal(random.nextBoolean() ? unscaled : unscaled.negate(), type.scale());
  }

  public String text() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(9); i > 0; i--) {
      text.appendCodePoint(POINTS[random.nextInt(POINTS.length)]);
    }
    return text.toString();
  }

  private Instant instant(DataType type) {
    long micros =
        Math.floorMod(random.nextLong(), 2L * 4_000_000_000_000_000L) - 1_500_000_000_000_000L;
    long whole = Math.floorDiv(micros, cut(type)) * cut(type);
    return Instant.ofEpochSecond(
        Math.floorDiv(whole, 1_000_000L), Math.floorMod(whole, 1_000_000L) * 1000);
  }

  /** The same values in a form whose {@code equals} compares contents. */
  public static Object comparable(Object value) {
    if (value instanceof byte[] bytes) {
      return ByteBuffer.wrap(bytes);
    }
    if (value instanceof Object[] row) {
      return comparable(Arrays.asList(row));
    }
    if (value instanceof List<?> list) {
      return list.stream().map(item -> item == null ? "NULL" : comparable(item)).toList();
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> copy = new LinkedHashMap<>();
      map.forEach((key, item) -> copy.put(key, comparable(item)));
      return copy;
    }
    return value;
  }
}
