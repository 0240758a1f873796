package io.millrace.serving;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/** Millrace's types in DuckDB and in the Arrow batches that go in and out of it. */
public final class DuckDbTypes {
  private static final long MICROS_PER_MILLI = 1000;
  private static final String UTC = "UTC";

  private DuckDbTypes() {}

  /** The type as DuckDB's SQL names it. */
  public static String sqlType(DataType type) {
    return switch (type.kind()) {
      case BOOLEAN, BIGINT, FLOAT, DOUBLE, DATE, TIME, TIMESTAMP -> type.kind().name();
      case INT -> "INTEGER";
      case DECIMAL -> type.bareText();
      case STRING -> "VARCHAR";
      case BYTES -> "BLOB";
      case TIMESTAMP_LTZ -> "TIMESTAMPTZ";
      case ARRAY -> sqlType(((DataType.Array) type).element()) + "[]";
      case MAP -> "MAP(VARCHAR, " + sqlType(((DataType.Map) type).value()) + ")";
      case ROW ->
          ((DataType.Row) type)
              .fields().stream()
                  .map(f -> quote(f.name()) + " " + sqlType(f.type()))
                  .collect(Collectors.joining(", ", "STRUCT(", ")"));
    };
  }

  /** A name in DuckDB's quotes. */
  static String quote(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  /** A text in SQL's quotes. */
  static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  static Field arrowField(Column column) {
    return field(column.name(), column.type());
  }

  private static Field field(String name, DataType type) {
    ArrowType arrow =
        switch (type.kind()) {
          case BOOLEAN -> ArrowType.Bool.INSTANCE;
          case INT -> new ArrowType.Int(32, true);
          case BIGINT -> new ArrowType.Int(64, true);
          case FLOAT -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
          case DOUBLE -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
          case DECIMAL -> {
            DataType.Decimal decimal = (DataType.Decimal) type;
            yield new ArrowType.Decimal(decimal.precision(), decimal.scale(), 128);
          }
          case STRING -> ArrowType.Utf8.INSTANCE;
          case BYTES -> ArrowType.Binary.INSTANCE;
          case DATE -> new ArrowType.Date(DateUnit.DAY);
          case TIME -> new ArrowType.Time(TimeUnit.MICROSECOND, 64);
          case TIMESTAMP -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, null);
          case TIMESTAMP_LTZ -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, UTC);
          case ARRAY -> ArrowType.List.INSTANCE;
          case MAP -> new ArrowType.Map(false);
          case ROW -> ArrowType.Struct.INSTANCE;
        };
    List<Field> children =
        switch (type.kind()) {
          case ARRAY -> List.of(field("element", ((DataType.Array) type).element()));
          case MAP ->
              List.of(
                  new Field(
                      "entries",
                      FieldType.notNullable(ArrowType.Struct.INSTANCE),
                      List.of(
                          new Field("key", FieldType.notNullable(ArrowType.Utf8.INSTANCE), null),
                          field("value", ((DataType.Map) type).value()))));
          case ROW -> ((DataType.Row) type).fields().stream().map(DuckDbTypes::arrowField).toList();
          default -> List.of();
        };
    return new Field(name, FieldType.nullable(arrow), children);
  }

  static Slots slots(DataType type) {
    return switch (type.kind()) {
      case BOOLEAN -> new Slots.Booleans();
      case INT, FLOAT, DATE -> new Slots.Ints();
      case BIGINT, DOUBLE -> new Slots.Longs(1);
      case TIME, TIMESTAMP, TIMESTAMP_LTZ ->
          new Slots.Longs(((DataType.Temporal) type).precision() == 3 ? MICROS_PER_MILLI : 1);
      case DECIMAL -> new Slots.Decimals();
      case STRING, BYTES -> new Slots.Binaries();
      case ARRAY -> new Slots.Lists(slots(((DataType.Array) type).element()));
      case MAP -> new Slots.Maps(slots(((DataType.Map) type).value()));
      case ROW ->
          new Slots.Structs(
              ((DataType.Row) type)
                  .fields().stream().map(f -> slots(f.type())).toArray(Slots[]::new));
    };
  }

  /** The column of an answer, from the Arrow field that DuckDB describes it by. */
  static Column column(Field field) {
    return new Column(field.getName().isEmpty() ? "?" : field.getName(), type(field));
  }

  /** Types that Millrace does not have come as the type that holds their values, or as STRING. */
  private static DataType type(Field field) {
    if (field.getDictionary() != null) {
      return DataType.STRING;
    }
    ArrowType arrow = field.getType();
    return switch (arrow.getTypeID()) {
      case Bool -> DataType.BOOLEAN;
      case Int -> integer((ArrowType.Int) arrow);
      case FloatingPoint ->
          ((ArrowType.FloatingPoint) arrow).getPrecision() == FloatingPointPrecision.DOUBLE
              ? DataType.DOUBLE
              : DataType.FLOAT;
      case Decimal ->
          DataType.decimal(
              ((ArrowType.Decimal) arrow).getPrecision(), ((ArrowType.Decimal) arrow).getScale());
      case Binary, LargeBinary, FixedSizeBinary -> DataType.BYTES;
      case Date -> DataType.DATE;
      case Time -> DataType.time(6);
      case Timestamp ->
          ((ArrowType.Timestamp) arrow).getTimezone() == null
              ? DataType.timestamp(6)
              : DataType.timestampLtz(6);
      case List, LargeList, FixedSizeList ->
          new DataType.Array(type(field.getChildren().get(0)), true);
      case Map -> new DataType.Map(type(field.getChildren().get(0).getChildren().get(1)), true);
      case Struct ->
          new DataType.Row(field.getChildren().stream().map(DuckDbTypes::column).toList(), true);
      default -> DataType.STRING;
    };
  }

  private static DataType integer(ArrowType.Int type) {
    if (type.getBitWidth() < 32 || type.getBitWidth() == 32 && type.getIsSigned()) {
      return DataType.INT;
    }
    return type.getBitWidth() == 64 && !type.getIsSigned()
        ? DataType.decimal(20, 0)
        : DataType.BIGINT;
  }
}
