package io.millrace.format.avro;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;

/**
 * Makes the plan by which rows of some columns are written as a contract's records. Refuses, before
 * the first row, contracts that cannot hold the columns.
 */
final class WritePlanner {
  private WritePlanner() {}

  /** Steps for the fields of a record; {@code indexes} are the columns' places in the row read. */
  static WriteStep[] record(Schema record, List<Column> columns, int[] indexes) {
    List<WriteStep> steps = new ArrayList<>();
    Map<Schema.Field, Integer> columnOf = new HashMap<>();
    for (int i = 0; i < columns.size(); i++) {
      Schema.Field field = Fields.find(record, columns.get(i).name(), null);
      if (field == null || columnOf.put(field, i) != null) {
        throw refused(columns.get(i).name(), "the contract has no field for it");
      }
    }
    for (Schema.Field field : record.getFields()) {
      Integer index = columnOf.get(field);
      if (index != null) {
        steps.add(value(field.schema(), columns.get(index), indexes[index]));
      } else if (field.hasDefaultValue()) {
        WriteStep constant = new WriteStep(WriteStep.CONSTANT);
        constant.constant = AvroDefaults.binary(field);
        steps.add(constant);
      } else {
        throw refused(field.name(), "the contract's field has no column and no default");
      }
    }
    return steps.toArray(WriteStep[]::new);
  }

  /** The step for one value, whatever the contract says: a union, or a plain type. */
  static WriteStep value(Schema schema, Column column, int index) {
    WriteStep step;
    if (schema.getType() == Schema.Type.UNION) {
      step = union(schema, column);
    } else {
      step = plain(schema, column);
    }
    if (step == null) {
      throw refused(column.name(), column.type().bareText() + " does not fit " + schema);
    }
    step.column = index;
    step.name = column.name();
    step.type = column.type();
    return step;
  }

  private static MillraceException refused(String name, String why) {
    return new MillraceException(
        ErrorCode.INVALID_TYPE, "Cannot write column " + name + " by its contract: " + why);
  }

  private static WriteStep union(Schema union, Column column) {
    WriteStep step = null;
    int nullBranch = -1;
    for (int i = 0; i < union.getTypes().size(); i++) {
      Schema branch = union.getTypes().get(i);
      if (branch.getType() == Schema.Type.NULL) {
        nullBranch = i;
      } else if (step == null) {
        step = plain(branch, column);
        if (step != null) {
          step.valueBranch = i;
        }
      }
    }
    if (step != null) {
      step.nullBranch = nullBranch;
    }
    return step;
  }

  private static WriteStep only(Schema schema, Schema.Type type, int op) {
    return schema.getType() == type ? new WriteStep(op) : null;
  }

  private static WriteStep plain(Schema schema, Column column) {
    DataType type = column.type();
    Schema.Type avro = schema.getType();
    return switch (type.kind()) {
      case BOOLEAN -> only(schema, Schema.Type.BOOLEAN, WriteStep.BOOLEAN);
      case INT ->
          switch (avro) {
            case INT, LONG -> new WriteStep(WriteStep.INT);
            case FLOAT -> new WriteStep(WriteStep.INT_TO_FLOAT);
            case DOUBLE -> new WriteStep(WriteStep.INT_TO_DOUBLE);
            default -> null;
          };
      case DATE -> only(schema, Schema.Type.INT, WriteStep.INT);
      case BIGINT -> only(schema, Schema.Type.LONG, WriteStep.LONG);
      case FLOAT ->
          avro == Schema.Type.DOUBLE
              ? new WriteStep(WriteStep.FLOAT_TO_DOUBLE)
              : only(schema, Schema.Type.FLOAT, WriteStep.FLOAT);
      case DOUBLE -> only(schema, Schema.Type.DOUBLE, WriteStep.DOUBLE);
      case STRING -> text(schema);
      case BYTES -> bytes(schema);
      case DECIMAL -> decimal(schema, (DataType.Decimal) type);
      case TIME, TIMESTAMP, TIMESTAMP_LTZ -> temporal(schema, (DataType.Temporal) type);
      case ARRAY -> {
        WriteStep step = only(schema, Schema.Type.ARRAY, WriteStep.LIST);
        if (step != null) {
          Column element = new Column(column.name() + "[]", ((DataType.Array) type).element());
          step.item = value(schema.getElementType(), element, 0);
        }
        yield step;
      }
      case MAP -> {
        WriteStep step = only(schema, Schema.Type.MAP, WriteStep.MAP);
        if (step != null) {
          Column value = new Column(column.name() + "[]", ((DataType.Map) type).value());
          step.item = value(schema.getValueType(), value, 0);
        }
        yield step;
      }
      case ROW -> {
        WriteStep step = only(schema, Schema.Type.RECORD, WriteStep.STRUCT);
        if (step != null) {
          step.steps = struct(schema, column, (DataType.Row) type);
        }
        yield step;
      }
    };
  }

  private static WriteStep[] struct(Schema schema, Column column, DataType.Row type) {
    int[] indexes = new int[type.fields().size()];
    for (int i = 0; i < indexes.length; i++) {
      indexes[i] = i;
    }
    WriteStep[] steps = record(schema, type.fields(), indexes);
    for (WriteStep step : steps) {
      step.name = column.name() + "." + step.name;
    }
    return steps;
  }

  private static WriteStep text(Schema schema) {
    switch (schema.getType()) {
      case STRING:
        return new WriteStep(WriteStep.UTF8);
      case BYTES:
        return schema.getLogicalType() == null ? new WriteStep(WriteStep.UTF8) : null;
      case ENUM:
        WriteStep symbols = new WriteStep(WriteStep.ENUM);
        symbols.symbols = new HashMap<>();
        for (String symbol : schema.getEnumSymbols()) {
          symbols.symbols.put(symbol, schema.getEnumOrdinal(symbol));
        }
        return symbols;
      case FIXED:
        return isUuid(schema) ? new WriteStep(WriteStep.UUID) : null;
      default:
        return null;
    }
  }

  private static boolean isUuid(Schema fixed) {
    LogicalType logical = fixed.getLogicalType();
    return logical != null && logical.getName().equals("uuid") && fixed.getFixedSize() == 16;
  }

  private static WriteStep bytes(Schema schema) {
    if (schema.getType() == Schema.Type.FIXED) {
      WriteStep fixed = new WriteStep(WriteStep.FIXED);
      fixed.size = schema.getFixedSize();
      return fixed;
    }
    return only(schema, Schema.Type.BYTES, WriteStep.BYTES);
  }

  private static WriteStep decimal(Schema schema, DataType.Decimal type) {
    if (!(schema.getLogicalType() instanceof LogicalTypes.Decimal decimal)) {
      return null;
    }
    WriteStep step = new WriteStep(WriteStep.DECIMAL);
    step.fromScale = type.scale();
    step.toScale = decimal.getScale();
    step.precision = Math.min(38, decimal.getPrecision());
    step.size = schema.getType() == Schema.Type.FIXED ? schema.getFixedSize() : -1;
    return step;
  }

  private static WriteStep temporal(Schema schema, DataType.Temporal type) {
    LogicalType logical = schema.getLogicalType();
    String name = logical == null ? "" : logical.getName();
    Set<String> fitting =
        new HashSet<>(
            type.kind() == DataType.Kind.TIME
                ? List.of("time-millis", "time-micros")
                : List.of(
                    "timestamp-millis",
                    "timestamp-micros",
                    "timestamp-nanos",
                    "local-timestamp-millis",
                    "local-timestamp-micros",
                    "local-timestamp-nanos"));
    if (!fitting.contains(name)) {
      return null;
    }
    long to =
        name.endsWith("millis") ? 1_000L : name.endsWith("micros") ? 1_000_000L : 1_000_000_000L;
    long from = type.precision() == 3 ? 1_000L : 1_000_000L;
    WriteStep step =
        new WriteStep(
            to == from ? WriteStep.LONG : to > from ? WriteStep.LONG_TIMES : WriteStep.LONG_OVER);
    step.factor = to > from ? to / from : from / to;
    return step;
  }
}
