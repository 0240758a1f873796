package io.millrace.sink.parquet;

import static org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit.MICROS;
import static org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit.MILLIS;
import static org.apache.parquet.schema.LogicalTypeAnnotation.dateType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.decimalType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.stringType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.timeType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.timestampType;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BOOLEAN;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.DOUBLE;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.FLOAT;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT32;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;

/**
 * Columns as Parquet types. Lists and maps have the three levels of the Parquet specification
 * (LogicalTypes.md, "Nested Types").
 */
final class ParquetSchemas {
  private ParquetSchemas() {}

  static MessageType message(RowSchema schema) {
    Types.MessageTypeBuilder message = Types.buildMessage();
    for (Column column : schema.columns()) {
      message.addField(type(column.name(), column.type()));
    }
    return message.named("row");
  }

  private static Type type(String name, DataType type) {
    Repetition repetition = type.nullable() ? Repetition.OPTIONAL : Repetition.REQUIRED;
    return switch (type.kind()) {
      case BOOLEAN -> Types.primitive(BOOLEAN, repetition).named(name);
      case INT -> Types.primitive(INT32, repetition).named(name);
      case BIGINT -> Types.primitive(INT64, repetition).named(name);
      case FLOAT -> Types.primitive(FLOAT, repetition).named(name);
      case DOUBLE -> Types.primitive(DOUBLE, repetition).named(name);
      case STRING -> Types.primitive(BINARY, repetition).as(stringType()).named(name);
      case BYTES -> Types.primitive(BINARY, repetition).named(name);
      case DATE -> Types.primitive(INT32, repetition).as(dateType()).named(name);
      case DECIMAL -> decimal(name, (DataType.Decimal) type, repetition);
      case TIME ->
          Types.primitive(isMillis(type) ? INT32 : INT64, repetition)
              .as(timeType(false, unit(type)))
              .named(name);
      case TIMESTAMP ->
          Types.primitive(INT64, repetition).as(timestampType(false, unit(type))).named(name);
      case TIMESTAMP_LTZ ->
          Types.primitive(INT64, repetition).as(timestampType(true, unit(type))).named(name);
      case ARRAY ->
          Types.list(repetition)
              .element(type("element", ((DataType.Array) type).element()))
              .named(name);
      case MAP ->
          Types.map(repetition)
              .key(type("key", DataType.STRING.withNullable(false)))
              .value(type("value", ((DataType.Map) type).value()))
              .named(name);
      case ROW -> {
        Types.GroupBuilder<org.apache.parquet.schema.GroupType> group =
            Types.buildGroup(repetition);
        for (Column field : ((DataType.Row) type).fields()) {
          group.addField(type(field.name(), field.type()));
        }
        yield group.named(name);
      }
    };
  }

  static boolean isMillis(DataType type) {
    return ((DataType.Temporal) type).precision() == 3;
  }

  private static TimeUnit unit(DataType type) {
    return isMillis(type) ? MILLIS : MICROS;
  }

  private static Type decimal(String name, DataType.Decimal type, Repetition repetition) {
    PrimitiveTypeName primitive = decimalPrimitive(type);
    Types.PrimitiveBuilder<org.apache.parquet.schema.PrimitiveType> builder =
        Types.primitive(primitive, repetition);
    if (primitive == FIXED_LEN_BYTE_ARRAY) {
      builder = builder.length(decimalLength(type));
    }
    return builder.as(decimalType(type.scale(), type.precision())).named(name);
  }

  static PrimitiveTypeName decimalPrimitive(DataType.Decimal type) {
    return type.precision() <= 9 ? INT32 : type.precision() <= 18 ? INT64 : FIXED_LEN_BYTE_ARRAY;
  }

  /** Bytes that hold any value of the precision in two's complement. */
  static int decimalLength(DataType.Decimal type) {
    return java.math.BigInteger.TEN.pow(type.precision()).bitLength() / 8 + 1;
  }
}
