package io.millrace.flow.topic;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

/**
 * The warehouse's types as Flink's and back. All differences are here: Flink's TIME counts whole
 * milliseconds, so a TIME(6) is a TIME(3) in queries and loses its microseconds there.
 */
public final class FlinkTypes {
  private FlinkTypes() {}

  /** The type under which queries see a column of this type. */
  public static org.apache.flink.table.types.DataType toFlink(DataType type) {
    org.apache.flink.table.types.DataType bare = bare(type);
    return type.nullable() ? bare.nullable() : bare.notNull();
  }

  private static org.apache.flink.table.types.DataType bare(DataType type) {
    return switch (type.kind()) {
      case BOOLEAN -> DataTypes.BOOLEAN();
      case INT -> DataTypes.INT();
      case BIGINT -> DataTypes.BIGINT();
      case FLOAT -> DataTypes.FLOAT();
      case DOUBLE -> DataTypes.DOUBLE();
      case DECIMAL -> {
        DataType.Decimal decimal = (DataType.Decimal) type;
        yield DataTypes.DECIMAL(decimal.precision(), decimal.scale());
      }
      case STRING -> DataTypes.STRING();
      case BYTES -> DataTypes.BYTES();
      case DATE -> DataTypes.DATE();
      case TIME -> DataTypes.TIME(3);
      case TIMESTAMP -> DataTypes.TIMESTAMP(((DataType.Temporal) type).precision());
      case TIMESTAMP_LTZ ->
          DataTypes.TIMESTAMP_WITH_LOCAL_TIME_ZONE(((DataType.Temporal) type).precision());
      case ARRAY -> DataTypes.ARRAY(toFlink(((DataType.Array) type).element()));
      case MAP ->
          DataTypes.MAP(DataTypes.STRING().notNull(), toFlink(((DataType.Map) type).value()));
      case ROW -> row(((DataType.Row) type).fields());
    };
  }

  private static org.apache.flink.table.types.DataType row(List<Column> columns) {
    return DataTypes.ROW(
        columns.stream()
            .map(
                c ->
                    c.comment()
                        .map(comment -> DataTypes.FIELD(c.name(), toFlink(c.type()), comment))
                        .orElseGet(() -> DataTypes.FIELD(c.name(), toFlink(c.type()))))
            .toArray(DataTypes.Field[]::new));
  }

  /** A whole schema as a NOT NULL row type, columns in contract order. */
  public static org.apache.flink.table.types.DataType toFlink(RowSchema schema) {
    return row(schema.columns()).notNull();
  }

  /**
   * The type that a contract gives to a query's column. INVALID_TYPE names the column where the
   * warehouse has no such type: intervals, multisets, precision over 6, maps without STRING keys.
   */
  public static DataType fromFlink(String column, LogicalType type) {
    return bare(column, type).withNullable(type.isNullable());
  }

  private static DataType bare(String column, LogicalType type) {
    return switch (type.getTypeRoot()) {
      case BOOLEAN -> DataType.BOOLEAN;
      case TINYINT, SMALLINT, INTEGER -> DataType.INT;
      case BIGINT -> DataType.BIGINT;
      case FLOAT -> DataType.FLOAT;
      case DOUBLE -> DataType.DOUBLE;
      case DECIMAL -> {
        DecimalType decimal = (DecimalType) type;
        yield DataType.decimal(decimal.getPrecision(), decimal.getScale());
      }
      case CHAR, VARCHAR -> DataType.STRING;
      case BINARY, VARBINARY -> DataType.BYTES;
      case DATE -> DataType.DATE;
      case TIME_WITHOUT_TIME_ZONE -> DataType.time(3);
      case TIMESTAMP_WITHOUT_TIME_ZONE -> DataType.timestamp(precision(column, type));
      case TIMESTAMP_WITH_LOCAL_TIME_ZONE -> DataType.timestampLtz(precision(column, type));
      case ARRAY ->
          new DataType.Array(fromFlink(column, ((ArrayType) type).getElementType()), true);
      case MAP -> {
        MapType map = (MapType) type;
        if (!map.getKeyType().is(LogicalTypeRoot.VARCHAR)
            && !map.getKeyType().is(LogicalTypeRoot.CHAR)) {
          throw invalid(column, type, "Map keys are STRING: cast them.");
        }
        yield new DataType.Map(fromFlink(column, map.getValueType()), true);
      }
      case ROW -> {
        List<Column> fields = new ArrayList<>();
        for (RowType.RowField field : ((RowType) type).getFields()) {
          fields.add(
              new Column(
                  field.getName(),
                  fromFlink(column + "." + field.getName(), field.getType()),
                  field.getDescription()));
        }
        yield new DataType.Row(fields, true);
      }
      case NULL ->
          throw invalid(column, type, "Give the NULL a type: CAST(NULL AS STRING), for example.");
      default -> throw invalid(column, type, "Cast it to a type that contracts have.");
    };
  }

  private static int precision(String column, LogicalType type) {
    int precision = LogicalTypeChecks.getPrecision(type);
    if (precision > 6) {
      throw invalid(
          column, type, "Cast it to a precision of at most 6 (microseconds): TIMESTAMP(6).");
    }
    return precision;
  }

  private static MillraceException invalid(String column, LogicalType type, String hint) {
    return new MillraceException(
            ErrorCode.INVALID_TYPE,
            "Invalid type of column " + column + ": " + type.asSummaryString())
        .hint(hint);
  }

  /** The columns of a query's result as a schema without a key. */
  public static RowSchema fromFlink(RowType row) {
    List<Column> columns = new ArrayList<>();
    for (RowType.RowField field : row.getFields()) {
      columns.add(
          new Column(
              field.getName(), fromFlink(field.getName(), field.getType()), Optional.empty()));
    }
    return new RowSchema(columns, List.of());
  }
}
