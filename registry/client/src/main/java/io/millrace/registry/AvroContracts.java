package io.millrace.registry;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;

/**
 * The one mapping between columns and Avro, both ways; the reference page of types is printed from
 * it. A nullable column is the union {@code ["null", T]} with default null, a NOT NULL column and
 * every key column the plain type. Comments are {@code doc}. A column whose name is no valid Avro
 * name becomes a field with a similar one and keeps its own in the property {@value
 * #NAME_PROPERTY}. Stateless.
 */
public final class AvroContracts {
  /** The field property that holds a column's name where Avro would not allow it. */
  public static final String NAME_PROPERTY = "millrace.name";

  private static final String NAMESPACE = "millrace";
  private static final Pattern INVALID_CHARACTER = Pattern.compile("[^A-Za-z0-9_]");

  private AvroContracts() {}

  /**
   * The contract of a topic's values: a record of all columns, named by the object, in namespace
   * {@code millrace}, with the schema's name behind it unless that is public. Rows inside are
   * records named by their path ({@code orders_customer_address}), so that adding a column renames
   * none.
   */
  public static Schema valueSchema(Name name, RowSchema schema, Optional<String> comment) {
    String namespace =
        name.schema().equals(Name.PUBLIC) ? NAMESPACE : NAMESPACE + "." + avroName(name.schema());
    Set<String> recordNames = new HashSet<>();
    return record(avroName(name.object()), namespace, comment, withKeyNotNull(schema), recordNames);
  }

  /**
   * The contract of a table's keys: the type itself for one column, else the record {@code
   * millrace.Key} of the key columns, without comments, so that equal keys share one schema id.
   */
  public static Schema keySchema(RowSchema schema) {
    List<Column> columns = new ArrayList<>();
    for (Column column : schema.keySchema().columns()) {
      switch (column.type().kind()) {
        case ARRAY, MAP, ROW ->
            throw new MillraceException(
                    ErrorCode.INVALID_TYPE,
                    "Invalid primary key: column "
                        + column.name()
                        + " is of type "
                        + column.type().bareText())
                .hint("A key column cannot be an ARRAY, MAP or ROW.");
        default -> columns.add(new Column(column.name(), column.type().withNullable(false)));
      }
    }
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("a stream has no key");
    }
    Set<String> recordNames = new HashSet<>();
    return columns.size() == 1
        ? plain(columns.get(0).type(), "Key", NAMESPACE, recordNames)
        : record("Key", NAMESPACE, Optional.empty(), columns, recordNames);
  }

  /**
   * The columns of any Avro record. Enums are STRING, fixed BYTES, and an Avro type that SQL has no
   * name for is what it is stored as (timestamps in nanoseconds: BIGINT; a duration: BYTES). Throws
   * INVALID_TYPE naming the field for unions other than with null, for null alone and for records
   * that contain themselves. The primary key's columns become NOT NULL.
   */
  public static RowSchema rowSchema(Schema value, List<String> primaryKey) {
    if (value.getType() != Schema.Type.RECORD) {
      throw new MillraceException(
              ErrorCode.INVALID_TYPE,
              "Cannot read a contract of type " + describe(value) + " as columns")
          .hint("The contract of a stream or table is an Avro record.");
    }
    RowSchema schema = new RowSchema(columns(value, "", new HashSet<>()), primaryKey);
    return new RowSchema(withKeyNotNull(schema), primaryKey);
  }

  /**
   * The columns that a key contract holds, NOT NULL: a record's fields, or one column of the given
   * name.
   */
  public static List<Column> keyColumns(Schema key, String nameForPrimitive) {
    List<Column> columns =
        key.getType() == Schema.Type.RECORD
            ? columns(key, "", new HashSet<>())
            : List.of(new Column(nameForPrimitive, type(key, nameForPrimitive, new HashSet<>())));
    return columns.stream()
        .map(c -> new Column(c.name(), c.type().withNullable(false), c.comment()))
        .toList();
  }

  /** What a stream or table means, as its contract says. */
  public static Optional<String> comment(Schema value) {
    return Optional.ofNullable(value.getDoc());
  }

  /** Whether a key contract is a value without a name: a key of one column. */
  public static boolean isPlainKey(Schema key) {
    return key.getType() != Schema.Type.RECORD;
  }

  /** Whether a contract of values has a name that {@link #valueSchema} gives. */
  public static boolean isOurs(Schema value) {
    String namespace = value.getType() == Schema.Type.RECORD ? value.getNamespace() : null;
    return namespace != null && (namespace + ".").startsWith(NAMESPACE + ".");
  }

  /** The name of the column that a field holds. */
  public static String columnName(Schema.Field field) {
    String kept = field.getProp(NAME_PROPERTY);
    return kept == null ? field.name() : kept;
  }

  /** A schema in Avro's JSON; INVALID_REQUEST with Avro's reason where the text is none. */
  public static Schema parse(String text) {
    try {
      return new Schema.Parser().parse(text);
    } catch (AvroRuntimeException e) {
      throw new MillraceException(
              ErrorCode.INVALID_REQUEST, "Cannot read the Avro schema: " + e.getMessage(), e)
          .hint("Write it in Avro's JSON, with every named type inside.");
    }
  }

  private static List<Column> withKeyNotNull(RowSchema schema) {
    List<Column> columns = new ArrayList<>(schema.columns());
    for (int key : schema.keyIndexes()) {
      Column column = columns.get(key);
      columns.set(
          key, new Column(column.name(), column.type().withNullable(false), column.comment()));
    }
    return columns;
  }

  private static Schema record(
      String name,
      String namespace,
      Optional<String> comment,
      List<Column> columns,
      Set<String> recordNames) {
    String unique = unique(name, recordNames);
    Set<String> fieldNames = new HashSet<>();
    List<Schema.Field> fields = new ArrayList<>();
    for (Column column : columns) {
      String fieldName = unique(avroName(column.name()), fieldNames);
      DataType type = column.type();
      Schema schema = nullable(type, name + "_" + fieldName, namespace, recordNames);
      String doc = column.comment().orElse(null);
      Schema.Field field =
          type.nullable()
              ? new Schema.Field(fieldName, schema, doc, Schema.Field.NULL_DEFAULT_VALUE)
              : new Schema.Field(fieldName, schema, doc);
      if (!fieldName.equals(column.name())) {
        field.addProp(NAME_PROPERTY, column.name());
      }
      fields.add(field);
    }
    return Schema.createRecord(unique, comment.orElse(null), namespace, false, fields);
  }

  private static Schema nullable(
      DataType type, String path, String namespace, Set<String> recordNames) {
    Schema plain = plain(type, path, namespace, recordNames);
    return type.nullable() ? Schema.createUnion(Schema.create(Schema.Type.NULL), plain) : plain;
  }

  private static Schema plain(
      DataType type, String path, String namespace, Set<String> recordNames) {
    return switch (type.kind()) {
      case BOOLEAN -> Schema.create(Schema.Type.BOOLEAN);
      case INT -> Schema.create(Schema.Type.INT);
      case BIGINT -> Schema.create(Schema.Type.LONG);
      case FLOAT -> Schema.create(Schema.Type.FLOAT);
      case DOUBLE -> Schema.create(Schema.Type.DOUBLE);
      case STRING -> Schema.create(Schema.Type.STRING);
      case BYTES -> Schema.create(Schema.Type.BYTES);
      case DATE -> LogicalTypes.date().addToSchema(Schema.create(Schema.Type.INT));
      case DECIMAL -> {
        DataType.Decimal decimal = (DataType.Decimal) type;
        yield LogicalTypes.decimal(decimal.precision(), decimal.scale())
            .addToSchema(Schema.create(Schema.Type.BYTES));
      }
      case TIME ->
          isMillis(type)
              ? LogicalTypes.timeMillis().addToSchema(Schema.create(Schema.Type.INT))
              : LogicalTypes.timeMicros().addToSchema(Schema.create(Schema.Type.LONG));
      case TIMESTAMP ->
          onLong(
              isMillis(type)
                  ? LogicalTypes.localTimestampMillis()
                  : LogicalTypes.localTimestampMicros());
      case TIMESTAMP_LTZ ->
          onLong(isMillis(type) ? LogicalTypes.timestampMillis() : LogicalTypes.timestampMicros());
      case ARRAY ->
          Schema.createArray(
              nullable(((DataType.Array) type).element(), path, namespace, recordNames));
      case MAP ->
          Schema.createMap(nullable(((DataType.Map) type).value(), path, namespace, recordNames));
      case ROW ->
          record(path, namespace, Optional.empty(), ((DataType.Row) type).fields(), recordNames);
    };
  }

  private static boolean isMillis(DataType type) {
    return ((DataType.Temporal) type).precision() == 3;
  }

  private static Schema onLong(LogicalType logicalType) {
    return logicalType.addToSchema(Schema.create(Schema.Type.LONG));
  }

  private static String avroName(String name) {
    String valid = INVALID_CHARACTER.matcher(name).replaceAll("_");
    return Character.isDigit(valid.charAt(0)) ? "_" + valid : valid;
  }

  /** The first of name, name_2, name_3 ... that is free: an earlier column keeps its name. */
  private static String unique(String name, Set<String> taken) {
    String candidate = name;
    for (int i = 2; !taken.add(candidate); i++) {
      candidate = name + "_" + i;
    }
    return candidate;
  }

  private static List<Column> columns(Schema record, String path, Set<String> open) {
    if (!open.add(record.getFullName())) {
      throw invalidField(path, "record " + record.getFullName() + " contains itself");
    }
    List<Column> columns = new ArrayList<>();
    for (Schema.Field field : record.getFields()) {
      String name = columnName(field);
      String fieldPath = path.isEmpty() ? name : path + "." + name;
      columns.add(
          new Column(
              name, type(field.schema(), fieldPath, open), Optional.ofNullable(field.doc())));
    }
    open.remove(record.getFullName());
    return columns;
  }

  /** The type of a schema, NOT NULL unless it is a union with null. */
  private static DataType type(Schema schema, String path, Set<String> open) {
    if (schema.getType() != Schema.Type.UNION) {
      return plainType(schema, path, open).withNullable(false);
    }
    List<Schema> others =
        schema.getTypes().stream().filter(s -> s.getType() != Schema.Type.NULL).toList();
    if (others.size() != 1) {
      throw invalidField(
          path,
          "a union of "
              + String.join(", ", schema.getTypes().stream().map(Schema::getFullName).toList()));
    }
    return plainType(others.get(0), path, open).withNullable(schema.isNullable());
  }

  private static DataType plainType(Schema schema, String path, Set<String> open) {
    LogicalType logical = schema.getLogicalType();
    String logicalName = logical == null ? "" : logical.getName();
    switch (schema.getType()) {
      case BOOLEAN:
        return DataType.BOOLEAN;
      case INT:
        return switch (logicalName) {
          case "date" -> DataType.DATE;
          case "time-millis" -> DataType.time(3);
          default -> DataType.INT;
        };
      case LONG:
        return switch (logicalName) {
          case "time-micros" -> DataType.time(6);
          case "timestamp-millis" -> DataType.timestampLtz(3);
          case "timestamp-micros" -> DataType.timestampLtz(6);
          case "local-timestamp-millis" -> DataType.timestamp(3);
          case "local-timestamp-micros" -> DataType.timestamp(6);
          default -> DataType.BIGINT;
        };
      case FLOAT:
        return DataType.FLOAT;
      case DOUBLE:
        return DataType.DOUBLE;
      case STRING, ENUM:
        return DataType.STRING;
      case BYTES, FIXED:
        return logical instanceof LogicalTypes.Decimal decimal
            ? decimal(decimal, path)
            : DataType.BYTES;
      case ARRAY:
        return new DataType.Array(type(schema.getElementType(), path, open), true);
      case MAP:
        return new DataType.Map(type(schema.getValueType(), path, open), true);
      case RECORD:
        return new DataType.Row(columns(schema, path, open), true);
      case NULL, UNION:
        throw invalidField(path, "type " + schema.getType().getName());
    }
    throw new IllegalArgumentException(schema.getType().getName());
  }

  private static DataType decimal(LogicalTypes.Decimal decimal, String path) {
    if (decimal.getPrecision() > 38) {
      throw invalidField(path, "a decimal of precision " + decimal.getPrecision());
    }
    return DataType.decimal(decimal.getPrecision(), decimal.getScale());
  }

  private static MillraceException invalidField(String path, String what) {
    return new MillraceException(
            ErrorCode.INVALID_TYPE, "Cannot read field " + path + " as a column: " + what)
        .hint("Fields are Avro types that have a row in the table of types, or those with null.");
  }

  private static String describe(Schema schema) {
    return schema.getType().getName();
  }

  /** The rows of the reference page of types, in the order of {@link DataType.Kind}. */
  public static List<TypeRow> typesTable() {
    String years = "years 1 to 9999";
    return List.of(
        new TypeRow("BOOLEAN", "boolean", "BOOLEAN", "BOOLEAN", "BOOLEAN", ""),
        new TypeRow(
            "INT",
            "int",
            "INTEGER",
            "INT",
            "INT32",
            "-2^31 to 2^31 - 1; TINYINT and SMALLINT are read as INT"),
        new TypeRow("BIGINT", "long", "BIGINT", "BIGINT", "INT64", "-2^63 to 2^63 - 1"),
        new TypeRow("FLOAT", "float", "FLOAT", "FLOAT", "FLOAT", "32 bits, IEEE 754"),
        new TypeRow("DOUBLE", "double", "DOUBLE", "DOUBLE", "DOUBLE", "64 bits, IEEE 754"),
        new TypeRow(
            "DECIMAL(p, s)",
            "bytes, decimal",
            "DECIMAL(p, s)",
            "DECIMAL(p, s)",
            "FIXED_LEN_BYTE_ARRAY, INT64 or INT32, DECIMAL",
            "p 1 to 38, s 0 to p"),
        new TypeRow(
            "STRING",
            "string",
            "VARCHAR",
            "STRING",
            "BINARY, STRING",
            "UTF-8; VARCHAR(n), CHAR(n) and TEXT are read as STRING; Avro's enum and uuid too"),
        new TypeRow("BYTES", "bytes", "BLOB", "BYTES", "BINARY", "Avro's fixed is read as BYTES"),
        new TypeRow("DATE", "int, date", "DATE", "DATE", "INT32, DATE", years),
        new TypeRow(
            "TIME(3)",
            "int, time-millis",
            "TIME",
            "TIME(3)",
            "INT32, TIME(MILLIS, not UTC)",
            "00:00 to 23:59:59.999"),
        new TypeRow(
            "TIME(6)",
            "long, time-micros",
            "TIME",
            "TIME(3)",
            "INT64, TIME(MICROS, not UTC)",
            "Flink's TIME keeps milliseconds"),
        new TypeRow(
            "TIMESTAMP(3)",
            "long, local-timestamp-millis",
            "TIMESTAMP",
            "TIMESTAMP(3)",
            "INT64, TIMESTAMP(MILLIS, not UTC)",
            "no time zone; " + years),
        new TypeRow(
            "TIMESTAMP(6)",
            "long, local-timestamp-micros",
            "TIMESTAMP",
            "TIMESTAMP(6)",
            "INT64, TIMESTAMP(MICROS, not UTC)",
            "no time zone; " + years),
        new TypeRow(
            "TIMESTAMP_LTZ(3)",
            "long, timestamp-millis",
            "TIMESTAMPTZ",
            "TIMESTAMP_LTZ(3)",
            "INT64, TIMESTAMP(MILLIS, UTC)",
            "an instant; " + years),
        new TypeRow(
            "TIMESTAMP_LTZ(6)",
            "long, timestamp-micros",
            "TIMESTAMPTZ",
            "TIMESTAMP_LTZ(6)",
            "INT64, TIMESTAMP(MICROS, UTC)",
            "an instant; " + years),
        new TypeRow("ARRAY<t>", "array", "t[]", "ARRAY<t>", "LIST", "elements may be NULL"),
        new TypeRow(
            "MAP<STRING, t>",
            "map",
            "MAP(VARCHAR, t)",
            "MAP<STRING NOT NULL, t>",
            "MAP",
            "keys are STRING, never NULL"),
        new TypeRow("ROW<f t, ...>", "record", "STRUCT(f t, ...)", "ROW<f t, ...>", "group", ""));
  }

  /** The text of {@code docs/reference/types.md}. */
  public static String typesPage() {
    StringBuilder page = new StringBuilder();
    page.append("# Types\n\n");
    page.append("One table says how each SQL type is kept in every place. ");
    page.append("This page is printed from the class `AvroContracts`.\n\n");
    page.append("| SQL | Avro (contract) | DuckDB | Flink | Parquet | Range and notes |\n");
    page.append("|---|---|---|---|---|---|\n");
    for (TypeRow row : typesTable()) {
      for (String cell : List.of(row.sql(), row.avro(), row.duckdb(), row.flink(), row.parquet())) {
        page.append("| `").append(cell).append("` ");
      }
      page.append("| ").append(row.notes()).append(row.notes().isEmpty() ? "|\n" : " |\n");
    }
    page.append("\n## Rules\n\n");
    page.append("- A nullable column is the Avro union `[\"null\", T]` with default null; ");
    page.append("a NOT NULL column and every key column is plain `T`.\n");
    page.append("- A comment is the field's `doc`; the comment of a stream or table is the ");
    page.append("record's `doc`.\n");
    page.append("- The record of `orders` is `millrace.orders`, of `sales.orders` ");
    page.append("`millrace.sales.orders`; a ROW column `customer` of it is the record ");
    page.append("`orders_customer`.\n");
    page.append("- A column whose name Avro does not allow, such as `unit price`, is the field ");
    page.append("`unit_price` with the property `" + NAME_PROPERTY + "`.\n");
    page.append("- The key contract is the type itself for a key of one column, else the record ");
    page.append("`millrace.Key` of the key columns. ARRAY, MAP and ROW cannot be keys.\n");
    page.append("- Precisions of TIME and TIMESTAMP from 0 to 3 are kept in milliseconds, from 4 ");
    page.append("to 6 in microseconds; higher ones are refused.\n");
    page.append("- Every session's time zone is UTC.\n");
    page.append("- From contracts of other programs: `enum` is STRING, `fixed` BYTES, `uuid` ");
    page.append("STRING, timestamps in nanoseconds BIGINT, a `duration` BYTES. A union of more ");
    page.append("than one type and null, `null` alone, a record that contains itself and a ");
    page.append("decimal of more than 38 digits are refused with the field's name.\n");
    return page.toString();
  }
}
