package io.millrace.format.avro;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;

/**
 * Makes the plan by which records of one writer's schema are read as rows of a reader's columns:
 * Avro's schema resolution, done once. What cannot be resolved becomes a step that fails when it is
 * reached, so that a union fails only for the branch at fault.
 */
final class ReadPlanner {
  private final Map<Schema, ReadStep> skips = new IdentityHashMap<>();
  private final Map<Schema, Integer> leastSizes = new IdentityHashMap<>();

  private ReadPlanner() {}

  /**
   * A plan for whole records: column i goes to the target's column {@code targets[i]}, or is passed
   * over where that is -1. {@code reader} is the reader's contract, which brings defaults and
   * aliases, or null. A writer's schema that is not a record is read as the only column.
   */
  static ReadStep plan(Schema writer, List<Column> columns, int[] targets, Schema reader) {
    return new ReadPlanner().row(writer, columns, targets, reader);
  }

  /** A plan that passes over one value of the schema. */
  static ReadStep skipPlan(Schema writer) {
    return new ReadPlanner().skip(writer);
  }

  /** The least bytes that one value of the schema takes. */
  static int leastSizeOf(Schema writer) {
    return new ReadPlanner().leastSize(writer);
  }

  private ReadStep row(Schema writer, List<Column> columns, int[] targets, Schema reader) {
    if (writer.getType() == Schema.Type.UNION) {
      ReadStep union = new ReadStep(ReadStep.UNION);
      union.steps =
          writer.getTypes().stream()
              .map(branch -> row(branch, columns, targets, reader))
              .toArray(ReadStep[]::new);
      return union;
    }
    if (writer.getType() == Schema.Type.RECORD) {
      ReadStep record = new ReadStep(ReadStep.STRUCT);
      record.steps = fields(writer, columns, targets, branch(reader, Schema.Type.RECORD));
      return record;
    }
    if (columns.size() != 1) {
      return fail("its contract is of type " + describe(writer) + ", not a record");
    }
    ReadStep record = new ReadStep(ReadStep.STRUCT);
    Column only = columns.get(0);
    record.steps =
        new ReadStep[] {
          targets[0] < 0
              ? namedSkip(skip(writer), only.name())
              : named(value(writer, only.type(), targets[0], reader), only)
        };
    return record;
  }

  /** Steps for the writer's fields in their order, then for columns that it does not have. */
  private ReadStep[] fields(Schema writer, List<Column> columns, int[] targets, Schema reader) {
    Map<Schema.Field, Integer> columnOf = new HashMap<>();
    List<ReadStep> defaults = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      if (targets[i] < 0) {
        continue;
      }
      Column column = columns.get(i);
      Schema.Field readerField = reader == null ? null : Fields.find(reader, column.name(), null);
      Schema.Field field = Fields.find(writer, column.name(), readerField);
      if (field != null && !columnOf.containsKey(field)) {
        columnOf.put(field, i);
      } else {
        ReadStep absent = absent(column, readerField, targets[i]);
        if (absent != null) {
          defaults.add(absent);
        }
      }
    }
    List<ReadStep> steps = new ArrayList<>();
    for (Schema.Field field : writer.getFields()) {
      Integer index = columnOf.get(field);
      if (index == null) {
        addSkip(steps, field);
        continue;
      }
      Column column = columns.get(index);
      Schema.Field readerField = reader == null ? null : Fields.find(reader, column.name(), null);
      Schema readerSchema = readerField == null ? null : readerField.schema();
      steps.add(named(value(field.schema(), column.type(), targets[index], readerSchema), column));
    }
    steps.addAll(defaults);
    return steps.toArray(ReadStep[]::new);
  }

  /** Neighbouring fields of fixed size are passed over in one step. */
  private void addSkip(List<ReadStep> steps, Schema.Field field) {
    ReadStep skip = skip(field.schema());
    if (skip.op == ReadStep.SKIP_NOTHING) {
      return;
    }
    ReadStep last = steps.isEmpty() ? null : steps.get(steps.size() - 1);
    if (skip.op == ReadStep.SKIP_FIXED
        && last != null
        && last.op == ReadStep.SKIP_FIXED
        && Integer.MAX_VALUE - last.size > skip.size) {
      ReadStep both = new ReadStep(ReadStep.SKIP_FIXED);
      both.size = last.size + skip.size;
      both.name = last.name;
      steps.set(steps.size() - 1, both);
      return;
    }
    steps.add(namedSkip(skip, field.name()));
  }

  private static ReadStep namedSkip(ReadStep skip, String name) {
    // The skip may be shared, and not even be complete where a record contains itself.
    ReadStep named = new ReadStep(isNested(skip) ? ReadStep.SKIP_FIELD : skip.op);
    named.size = skip.size;
    named.item = named.op == ReadStep.SKIP_FIELD ? skip : null;
    named.name = name;
    return named;
  }

  private static boolean isNested(ReadStep skip) {
    return skip.op >= ReadStep.SKIP_RECORD;
  }

  private ReadStep absent(Column column, Schema.Field readerField, int target) {
    if (readerField != null && readerField.hasDefaultValue()) {
      ReadStep constant = new ReadStep(ReadStep.CONSTANT);
      constant.constant = AvroDefaults.binary(readerField);
      constant.item = value(readerField.schema(), column.type(), target, readerField.schema());
      return named(constant, column);
    }
    if (column.type().nullable()) {
      return null;
    }
    return named(fail("the writer's contract has no such field and it is NOT NULL"), column);
  }

  private static ReadStep named(ReadStep step, Column column) {
    step.name = column.name();
    step.type = column.type();
    return step;
  }

  private static ReadStep fail(String reason) {
    ReadStep step = new ReadStep(ReadStep.FAIL);
    step.reason = reason;
    return step;
  }

  private static ReadStep failType(Schema writer) {
    return fail("its contract says " + describe(writer));
  }

  private static String describe(Schema schema) {
    LogicalType logical = schema.getLogicalType();
    return logical == null
        ? schema.getType().getName()
        : schema.getType().getName() + "/" + logical.getName();
  }

  /** The part of a reader's schema that a value of this type is read by: itself, or its branch. */
  private static Schema branch(Schema reader, Schema.Type type) {
    if (reader == null || reader.getType() == type) {
      return reader;
    }
    if (reader.getType() == Schema.Type.UNION) {
      for (Schema branch : reader.getTypes()) {
        if (branch.getType() == type) {
          return branch;
        }
      }
    }
    return null;
  }

  private ReadStep value(Schema writer, DataType type, int target, Schema reader) {
    ReadStep step = bareValue(writer, type, target, reader);
    step.column = target;
    return step;
  }

  private ReadStep bareValue(Schema writer, DataType type, int target, Schema reader) {
    switch (writer.getType()) {
      case UNION:
        return union(writer, type, target, reader);
      case NULL:
        return type.nullable()
            ? new ReadStep(ReadStep.SET_NULL)
            : fail("NULL in a NOT NULL column");
      default:
        break;
    }
    return switch (type.kind()) {
      case BOOLEAN -> plain(writer, Schema.Type.BOOLEAN, ReadStep.BOOLEAN);
      case INT -> plain(writer, Schema.Type.INT, ReadStep.INT);
      case DATE ->
          isLogical(writer, "", "date")
              ? plain(writer, Schema.Type.INT, ReadStep.INT)
              : failType(writer);
      case BIGINT -> number(writer, ReadStep.INT_TO_LONG, ReadStep.LONG, -1, -1);
      case FLOAT ->
          number(writer, ReadStep.INT_TO_FLOAT, ReadStep.LONG_TO_FLOAT, ReadStep.FLOAT, -1);
      case DOUBLE ->
          number(
              writer,
              ReadStep.INT_TO_DOUBLE,
              ReadStep.LONG_TO_DOUBLE,
              ReadStep.FLOAT_TO_DOUBLE,
              ReadStep.DOUBLE);
      case DECIMAL -> decimal(writer, (DataType.Decimal) type);
      case STRING -> text(writer, branch(reader, Schema.Type.ENUM));
      case BYTES -> bytes(writer);
      case TIME -> time(writer, (DataType.Temporal) type);
      case TIMESTAMP, TIMESTAMP_LTZ -> timestamp(writer, (DataType.Temporal) type);
      case ARRAY -> list(writer, (DataType.Array) type, branch(reader, Schema.Type.ARRAY));
      case MAP -> map(writer, (DataType.Map) type, branch(reader, Schema.Type.MAP));
      case ROW -> struct(writer, (DataType.Row) type, branch(reader, Schema.Type.RECORD));
    };
  }

  private ReadStep union(Schema writer, DataType type, int target, Schema reader) {
    List<Schema> branches = writer.getTypes();
    if (branches.size() == 2 && writer.isNullable() && type.nullable()) {
      int nullIndex = branches.get(0).getType() == Schema.Type.NULL ? 0 : 1;
      ReadStep optional = new ReadStep(ReadStep.OPTIONAL);
      optional.size = nullIndex;
      optional.item = value(branches.get(1 - nullIndex), type, target, reader);
      return optional;
    }
    ReadStep union = new ReadStep(ReadStep.UNION);
    union.steps =
        branches.stream()
            .map(branch -> value(branch, type, target, reader))
            .toArray(ReadStep[]::new);
    return union;
  }

  private static ReadStep plain(Schema writer, Schema.Type expected, int op) {
    return writer.getType() == expected ? new ReadStep(op) : failType(writer);
  }

  private static ReadStep number(Schema writer, int ofInt, int ofLong, int ofFloat, int ofDouble) {
    int op =
        switch (writer.getType()) {
          case INT -> ofInt;
          case LONG -> ofLong;
          case FLOAT -> ofFloat;
          case DOUBLE -> ofDouble;
          default -> -1;
        };
    return op < 0 ? failType(writer) : new ReadStep(op);
  }

  private static String logical(Schema schema) {
    LogicalType logical = schema.getLogicalType();
    return logical == null ? "" : logical.getName();
  }

  private static boolean isLogical(Schema schema, String... names) {
    return List.of(names).contains(logical(schema));
  }

  private static ReadStep decimal(Schema writer, DataType.Decimal type) {
    boolean fixed = writer.getType() == Schema.Type.FIXED;
    if (!fixed && writer.getType() != Schema.Type.BYTES) {
      return failType(writer);
    }
    ReadStep step = new ReadStep(fixed ? ReadStep.DECIMAL_FIXED : ReadStep.DECIMAL);
    step.size = fixed ? writer.getFixedSize() : 0;
    step.toScale = type.scale();
    step.fromScale = type.scale();
    step.precision = type.precision();
    LogicalType logical = writer.getLogicalType();
    if (logical instanceof LogicalTypes.Decimal decimal) {
      step.fromScale = decimal.getScale();
    } else if (logical != null) {
      return failType(writer);
    }
    return step;
  }

  private static ReadStep text(Schema writer, Schema readerEnum) {
    switch (writer.getType()) {
      case STRING, BYTES:
        return isLogical(writer, "", "uuid") ? new ReadStep(ReadStep.UTF8) : failType(writer);
      case ENUM:
        ReadStep symbols = new ReadStep(ReadStep.ENUM);
        symbols.symbols =
            writer.getEnumSymbols().stream()
                .map(symbol -> symbol(symbol, readerEnum))
                .toArray(byte[][]::new);
        return symbols;
      case FIXED:
        if (isLogical(writer, "uuid") && writer.getFixedSize() == 16) {
          return new ReadStep(ReadStep.UUID);
        }
        return failType(writer);
      default:
        return failType(writer);
    }
  }

  private static byte[] symbol(String written, Schema readerEnum) {
    String read =
        readerEnum == null || readerEnum.hasEnumSymbol(written)
            ? written
            : readerEnum.getEnumDefault();
    return read == null ? null : read.getBytes(StandardCharsets.UTF_8);
  }

  private static ReadStep bytes(Schema writer) {
    switch (writer.getType()) {
      case STRING, BYTES:
        return new ReadStep(ReadStep.BYTES);
      case FIXED:
        ReadStep fixed = new ReadStep(ReadStep.FIXED);
        fixed.size = writer.getFixedSize();
        return fixed;
      default:
        return failType(writer);
    }
  }

  private static ReadStep time(Schema writer, DataType.Temporal type) {
    boolean readsInt = writer.getType() == Schema.Type.INT;
    long writerUnit =
        switch (readsInt || writer.getType() == Schema.Type.LONG ? logical(writer) : "other") {
          case "" -> unit(type);
          case "time-millis" -> 1_000;
          case "time-micros" -> 1_000_000;
          default -> 0;
        };
    if (writerUnit == 0) {
      return failType(writer);
    }
    ReadStep step = new ReadStep(ReadStep.TIME);
    step.factor = conversion(writerUnit, unit(type));
    step.size = readsInt ? 1 : 0;
    step.precision = type.precision();
    return step;
  }

  private static ReadStep timestamp(Schema writer, DataType.Temporal type) {
    if (writer.getType() == Schema.Type.INT && logical(writer).isEmpty()) {
      return new ReadStep(ReadStep.INT_TO_LONG);
    }
    long writerUnit =
        switch (writer.getType() == Schema.Type.LONG ? logical(writer) : "other") {
          case "" -> unit(type);
          case "timestamp-millis", "local-timestamp-millis" -> 1_000L;
          case "timestamp-micros", "local-timestamp-micros" -> 1_000_000L;
          case "timestamp-nanos", "local-timestamp-nanos" -> 1_000_000_000L;
          default -> 0L;
        };
    if (writerUnit == 0) {
      return failType(writer);
    }
    long conversion = conversion(writerUnit, unit(type));
    ReadStep step =
        new ReadStep(
            conversion == 1
                ? ReadStep.LONG
                : conversion > 1 ? ReadStep.LONG_TIMES : ReadStep.LONG_OVER);
    step.factor = Math.abs(conversion);
    return step;
  }

  private static long unit(DataType.Temporal type) {
    return type.precision() == 3 ? 1_000 : 1_000_000;
  }

  /** Positive: multiply with it; negative: divide by its absolute value. */
  private static long conversion(long from, long to) {
    return to >= from ? to / from : -(from / to);
  }

  private ReadStep list(Schema writer, DataType.Array type, Schema reader) {
    if (writer.getType() != Schema.Type.ARRAY) {
      return failType(writer);
    }
    ReadStep step = new ReadStep(ReadStep.LIST);
    step.size = leastSize(writer.getElementType());
    Schema readerElement = reader == null ? null : reader.getElementType();
    step.item = value(writer.getElementType(), type.element(), 0, readerElement);
    return step;
  }

  private ReadStep map(Schema writer, DataType.Map type, Schema reader) {
    if (writer.getType() != Schema.Type.MAP) {
      return failType(writer);
    }
    ReadStep step = new ReadStep(ReadStep.MAP);
    step.size = 1 + leastSize(writer.getValueType());
    Schema readerValue = reader == null ? null : reader.getValueType();
    step.item = value(writer.getValueType(), type.value(), 1, readerValue);
    return step;
  }

  private ReadStep struct(Schema writer, DataType.Row type, Schema reader) {
    if (writer.getType() != Schema.Type.RECORD) {
      return failType(writer);
    }
    ReadStep step = new ReadStep(ReadStep.STRUCT);
    int[] targets = new int[type.fields().size()];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = i;
    }
    step.steps = fields(writer, type.fields(), targets, reader);
    return step;
  }

  private ReadStep skip(Schema schema) {
    ReadStep known = skips.get(schema);
    if (known != null) {
      return known;
    }
    ReadStep step =
        new ReadStep(
            switch (schema.getType()) {
              case NULL -> ReadStep.SKIP_NOTHING;
              case INT, LONG, ENUM -> ReadStep.SKIP_VARINT;
              case STRING, BYTES -> ReadStep.SKIP_BYTES;
              case BOOLEAN, FLOAT, DOUBLE, FIXED -> ReadStep.SKIP_FIXED;
              case RECORD -> ReadStep.SKIP_RECORD;
              case ARRAY -> ReadStep.SKIP_ARRAY;
              case MAP -> ReadStep.SKIP_MAP;
              case UNION -> isOptional(schema) ? ReadStep.SKIP_OPTIONAL : ReadStep.SKIP_UNION;
            });
    // Known before its parts are, since a record may contain itself.
    skips.put(schema, step);
    switch (schema.getType()) {
      case BOOLEAN -> step.size = 1;
      case FLOAT -> step.size = 4;
      case DOUBLE -> step.size = 8;
      case FIXED -> step.size = schema.getFixedSize();
      case RECORD -> {
        List<ReadStep> steps = new ArrayList<>();
        schema.getFields().forEach(field -> addSkip(steps, field));
        step.steps = steps.toArray(ReadStep[]::new);
      }
      case ARRAY -> {
        step.size = leastSize(schema.getElementType());
        step.item = skip(schema.getElementType());
      }
      case MAP -> {
        step.size = 1 + leastSize(schema.getValueType());
        step.item = skip(schema.getValueType());
      }
      case UNION -> {
        step.steps = schema.getTypes().stream().map(this::skip).toArray(ReadStep[]::new);
        if (step.op == ReadStep.SKIP_OPTIONAL) {
          step.size = step.steps[0].op == ReadStep.SKIP_NOTHING ? 0 : 1;
          step.item = step.steps[1 - step.size];
        }
      }
      default -> {}
    }
    return step;
  }

  private static boolean isOptional(Schema union) {
    return union.getTypes().size() == 2 && union.isNullable();
  }

  /** The least bytes that a value takes: what a count of items is checked against. */
  private int leastSize(Schema schema) {
    Integer known = leastSizes.get(schema);
    if (known != null) {
      return known;
    }
    // A record inside itself counts for nothing, which errs on the safe side.
    leastSizes.put(schema, 0);
    long size =
        switch (schema.getType()) {
          case NULL -> 0;
          case FLOAT -> 4;
          case DOUBLE -> 8;
          case FIXED -> schema.getFixedSize();
          case RECORD ->
              schema.getFields().stream().mapToLong(field -> leastSize(field.schema())).sum();
          case UNION -> 1 + schema.getTypes().stream().mapToLong(this::leastSize).min().orElse(0);
          default -> 1;
        };
    int least = (int) Math.min(size, Integer.MAX_VALUE / 4);
    leastSizes.put(schema, least);
    return least;
  }
}
