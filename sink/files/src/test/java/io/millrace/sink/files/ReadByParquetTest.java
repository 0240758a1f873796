package io.millrace.sink.files;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import io.millrace.sink.testkit.SinkContract;
import io.millrace.sink.testkit.SinkFixture;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.LocalInputFile;

/** The contract, read by Parquet's own reader. */
class ReadByParquetTest extends SinkContract {
  @Override
  protected SinkFixture fixture(Path folder) {
    return new FolderFixture(folder) {
      @Override
      public List<List<Object>> visibleRows(RowSchema schema) throws Exception {
        List<List<Object>> rows = new ArrayList<>();
        for (Path file : parquetFiles(root)) {
          read(file, schema, rows);
        }
        return rows;
      }
    };
  }

  /** A builder over any input file, which the plain one offers for Hadoop's paths only. */
  private static final class Builder extends ParquetReader.Builder<Group> {
    Builder(InputFile file, ParquetConfiguration configuration) {
      super(file, configuration);
    }

    @Override
    protected ReadSupport<Group> getReadSupport() {
      return new GroupReadSupport();
    }
  }

  static void read(Path file, RowSchema schema, List<List<Object>> rows) throws IOException {
    try (ParquetReader<Group> reader =
        new Builder(new LocalInputFile(file), new PlainParquetConfiguration())
            .withCodecFactory(new ZstdPages())
            .build()) {
      for (Group group = reader.read(); group != null; group = reader.read()) {
        List<Object> row = new ArrayList<>();
        for (Column column : schema.columns()) {
          row.add(value(group, column.name(), column.type()));
        }
        rows.add(row);
      }
    }
  }

  private static Object value(Group group, String field, DataType type) {
    if (group.getFieldRepetitionCount(field) == 0) {
      return null;
    }
    return switch (type.kind()) {
      case BOOLEAN -> group.getBoolean(field, 0);
      case INT -> group.getInteger(field, 0);
      case BIGINT -> group.getLong(field, 0);
      case FLOAT -> group.getFloat(field, 0);
      case DOUBLE -> group.getDouble(field, 0);
      case DECIMAL -> decimal(group, field, (DataType.Decimal) type);
      case STRING -> group.getString(field, 0);
      case BYTES -> group.getBinary(field, 0).toByteBuffer();
      case DATE -> LocalDate.ofEpochDay(group.getInteger(field, 0));
      case TIME ->
          isMillis(type)
              ? LocalTime.ofNanoOfDay(group.getInteger(field, 0) * 1_000_000L)
              : LocalTime.ofNanoOfDay(group.getLong(field, 0) * 1_000);
      case TIMESTAMP ->
          LocalDateTime.ofInstant(instant(type, group.getLong(field, 0)), ZoneOffset.UTC);
      case TIMESTAMP_LTZ -> instant(type, group.getLong(field, 0));
      case ARRAY -> {
        Group list = group.getGroup(field, 0);
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < list.getFieldRepetitionCount("list"); i++) {
          values.add(value(list.getGroup("list", i), "element", ((DataType.Array) type).element()));
        }
        yield values;
      }
      case MAP -> {
        Group map = group.getGroup(field, 0);
        Map<Object, Object> values = new TreeMap<>();
        for (int i = 0; i < map.getFieldRepetitionCount("key_value"); i++) {
          Group entry = map.getGroup("key_value", i);
          values.put(
              entry.getString("key", 0), value(entry, "value", ((DataType.Map) type).value()));
        }
        yield values;
      }
      case ROW -> {
        Map<String, Object> values = new TreeMap<>();
        for (Column column : ((DataType.Row) type).fields()) {
          values.put(column.name(), value(group.getGroup(field, 0), column.name(), column.type()));
        }
        yield values;
      }
    };
  }

  private static BigDecimal decimal(Group group, String field, DataType.Decimal type) {
    BigInteger unscaled =
        type.precision() <= 9
            ? BigInteger.valueOf(group.getInteger(field, 0))
            : type.precision() <= 18
                ? BigInteger.valueOf(group.getLong(field, 0))
                : new BigInteger(group.getBinary(field, 0).getBytes());
    return new BigDecimal(unscaled, type.scale());
  }

  private static boolean isMillis(DataType type) {
    return ((DataType.Temporal) type).precision() == 3;
  }

  private static Instant instant(DataType type, long value) {
    return Instant.EPOCH.plus(value, isMillis(type) ? ChronoUnit.MILLIS : ChronoUnit.MICROS);
  }
}
