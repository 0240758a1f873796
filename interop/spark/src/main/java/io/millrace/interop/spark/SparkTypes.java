package io.millrace.interop.spark;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DayTimeIntervalType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The one mapping between columns and Spark's types. TIME is the interval since midnight, for Spark
 * 4.2 has its own TIME switched off; both kinds of timestamp are in microseconds.
 */
final class SparkTypes {
  private static final org.apache.spark.sql.types.DataType TIME =
      DataTypes.createDayTimeIntervalType(DayTimeIntervalType.HOUR(), DayTimeIntervalType.SECOND());

  private SparkTypes() {}

  static org.apache.spark.sql.types.DataType toSpark(DataType type) {
    return switch (type.kind()) {
      case BOOLEAN -> DataTypes.BooleanType;
      case INT -> DataTypes.IntegerType;
      case BIGINT -> DataTypes.LongType;
      case FLOAT -> DataTypes.FloatType;
      case DOUBLE -> DataTypes.DoubleType;
      case DECIMAL -> {
        DataType.Decimal decimal = (DataType.Decimal) type;
        yield DataTypes.createDecimalType(decimal.precision(), decimal.scale());
      }
      case STRING -> DataTypes.StringType;
      case BYTES -> DataTypes.BinaryType;
      case DATE -> DataTypes.DateType;
      case TIME -> TIME;
      case TIMESTAMP -> DataTypes.TimestampNTZType;
      case TIMESTAMP_LTZ -> DataTypes.TimestampType;
      case ARRAY -> {
        DataType element = ((DataType.Array) type).element();
        yield DataTypes.createArrayType(toSpark(element), element.nullable());
      }
      case MAP -> {
        DataType value = ((DataType.Map) type).value();
        yield DataTypes.createMapType(DataTypes.StringType, toSpark(value), value.nullable());
      }
      case ROW -> toSpark(((DataType.Row) type).fields());
    };
  }

  static StructType toSpark(List<Column> columns) {
    return new StructType(columns.stream().map(SparkTypes::field).toArray(StructField[]::new));
  }

  static StructField field(Column column) {
    StructField field =
        DataTypes.createStructField(
            column.name(), toSpark(column.type()), column.type().nullable());
    return column.comment().map(field::withComment).orElse(field);
  }

  /** The columns of a frame; INVALID_TYPE, naming the column, where one has no type here. */
  static List<Column> fromSpark(StructType schema) {
    return columns(schema, "");
  }

  private static List<Column> columns(StructType schema, String path) {
    List<Column> columns = new ArrayList<>();
    for (StructField field : schema.fields()) {
      columns.add(
          new Column(
              field.name(),
              type(field.dataType(), path + field.name()).withNullable(field.nullable())));
    }
    return columns;
  }

  private static DataType type(org.apache.spark.sql.types.DataType type, String path) {
    if (type instanceof StringType) { // of any collation
      return DataType.STRING;
    }
    if (type instanceof DecimalType decimal && decimal.scale() >= 0) {
      return DataType.decimal(decimal.precision(), decimal.scale());
    }
    if (type instanceof DayTimeIntervalType) {
      return DataType.time(6);
    }
    if (type instanceof ArrayType array) {
      return new DataType.Array(
          type(array.elementType(), path).withNullable(array.containsNull()), true);
    }
    if (type instanceof MapType map && map.keyType() instanceof StringType) {
      return new DataType.Map(
          type(map.valueType(), path).withNullable(map.valueContainsNull()), true);
    }
    if (type instanceof StructType struct) {
      return new DataType.Row(columns(struct, path + "."), true);
    }
    return switch (type.typeName()) {
      case "boolean" -> DataType.BOOLEAN;
      case "byte", "short", "integer" -> DataType.INT;
      case "long" -> DataType.BIGINT;
      case "float" -> DataType.FLOAT;
      case "double" -> DataType.DOUBLE;
      case "binary" -> DataType.BYTES;
      case "date" -> DataType.DATE;
      case "timestamp" -> DataType.timestampLtz(6);
      case "timestamp_ntz" -> DataType.timestamp(6);
      default ->
          throw new MillraceException(
                  ErrorCode.INVALID_TYPE,
                  "Cannot write column " + path + ": no column is of Spark's type " + type.sql())
              .hint("CAST it to a type of the table of types.");
    };
  }

  /** Whether values of two types are kept alike: NULL, collations and the case of names aside. */
  static boolean isSame(
      org.apache.spark.sql.types.DataType one, org.apache.spark.sql.types.DataType other) {
    if (one instanceof StringType && other instanceof StringType) {
      return true;
    }
    if (one instanceof DayTimeIntervalType && other instanceof DayTimeIntervalType) {
      return true;
    }
    if (one instanceof ArrayType a && other instanceof ArrayType b) {
      return isSame(a.elementType(), b.elementType());
    }
    if (one instanceof MapType a && other instanceof MapType b) {
      return isSame(a.keyType(), b.keyType()) && isSame(a.valueType(), b.valueType());
    }
    if (one instanceof StructType a && other instanceof StructType b) {
      boolean same = a.size() == b.size();
      for (int i = 0; same && i < a.size(); i++) {
        same =
            a.fields()[i].name().equalsIgnoreCase(b.fields()[i].name())
                && isSame(a.fields()[i].dataType(), b.fields()[i].dataType());
      }
      return same;
    }
    return one.equals(other);
  }
}
