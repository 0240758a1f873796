package io.millrace.format;

import io.millrace.format.avro.AvroFileDecoder;
import io.millrace.format.avro.AvroRecordDecoder;
import io.millrace.format.avro.AvroRecordEncoder;
import io.millrace.format.debezium.DebeziumRecordDecoder;
import io.millrace.format.debezium.Modes;
import io.millrace.format.delimited.DelimitedFileDecoder;
import io.millrace.format.delimited.DelimitedRecordDecoder;
import io.millrace.format.delimited.DelimitedRecordEncoder;
import io.millrace.format.delimited.Dialect;
import io.millrace.format.json.JsonFileDecoder;
import io.millrace.format.json.JsonRecordDecoder;
import io.millrace.format.json.JsonRecordEncoder;
import io.millrace.format.raw.RawFileDecoder;
import io.millrace.format.raw.RawRecordDecoder;
import io.millrace.format.raw.RawRecordEncoder;
import io.millrace.format.text.TextColumn;
import io.millrace.format.w3c.W3cFileDecoder;
import io.millrace.format.w3c.W3cRecordDecoder;
import io.millrace.format.w3c.W3cRecordEncoder;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Nearest;
import io.millrace.model.RowSchema;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.registry.Contracts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.avro.Schema;

/**
 * Makes decoders and encoders of every format. Thread-safe; what it makes is not.
 *
 * <p>Of the options handed in, a format reads its own ({@link #options}) and passes over the rest,
 * so that a relation's whole WITH map may be given. Key columns count as NOT NULL whatever their
 * type says.
 */
public final class Formats {
  private static final Setting<String> DELIMITER =
      Setting.text(
          "delimiter",
          ",",
          "What stands between two fields; \\t, \\\\ and \\u0001 are understood.");
  private static final Setting<String> QUOTE =
      Setting.text(
          "quote", "\"", "The character around fields that need it, doubled inside; '' for none.");
  private static final Setting<Boolean> HEADER =
      Setting.onOff("header", "off", "Whether the first row of a file names the columns.");
  private static final Setting<String> NULL =
      Setting.text("null", "", "The unquoted text that means NULL.");

  /** What ALTER ... ADD COLUMN counts up: older records end before the new columns. */
  public static final Setting<Integer> OPTIONAL_COLUMNS =
      Setting.integer(
          "optional-columns", "0", "How many of the last columns a record may leave out.");

  private static final Setting<String> FIELDS =
      Setting.text(
          "fields", "", "The names of a line's fields, as after #Fields; default: column order.");

  private final IntFunction<Schema> schemas;

  /** Looks up writers' schemas in this registry. */
  public Formats(Contracts contracts) {
    this(contracts::schemaById);
  }

  /** Looks up writers' schemas with a function that throws CONTRACT_NOT_FOUND for unknown ids. */
  public Formats(IntFunction<Schema> schemas) {
    this.schemas = schemas;
  }

  /** The format of change events that others write: it is read, of topics, and never written. */
  public static final String DEBEZIUM = "debezium";

  /** The formats' names. */
  public static List<String> names() {
    return List.of("avro", "json", "delimited", "w3c", "raw", DEBEZIUM);
  }

  /** The options of a format; INVALID_OPTION where there is no such format. */
  public static List<Setting<?>> options(String format) {
    return switch (folded(format)) {
      case "delimited" -> List.of(DELIMITER, QUOTE, HEADER, NULL, OPTIONAL_COLUMNS);
      case "w3c" -> List.of(FIELDS, OPTIONAL_COLUMNS);
      case DEBEZIUM -> Modes.OPTIONS;
      default -> List.of();
    };
  }

  private static String folded(String format) {
    String folded = format.toLowerCase(Locale.ROOT);
    if (!names().contains(folded)) {
      throw new MillraceException(ErrorCode.INVALID_OPTION, "Invalid value for 'format': " + format)
          .hint(
              Nearest.to(format, names())
                  .map(near -> "Did you mean '" + near + "'?")
                  .orElse("Formats are " + String.join(", ", names()) + "."));
    }
    return folded;
  }

  private static Settings settings(String format, Map<String, String> options) {
    Map<String, String> own = new LinkedHashMap<>();
    options.forEach(
        (key, value) -> {
          if (options(format).stream().anyMatch(setting -> setting.key().equalsIgnoreCase(key))) {
            own.put(key, value);
          }
        });
    return Settings.of("format " + format, own, options(format));
  }

  /** Whether records of that format are changes, not rows. */
  public static boolean isDebezium(String format) {
    return format.equalsIgnoreCase(DEBEZIUM);
  }

  private static MillraceException notForRows(String what) {
    return new MillraceException(
            ErrorCode.NOT_SUPPORTED,
            "Cannot " + what + " as debezium: that is how others write changes into a topic")
        .hint("CREATE TABLE ... WITH ('topic' = '...', 'format' = 'debezium') reads such a topic.");
  }

  /**
   * A decoder of records that pushes only the columns asked for: the target's column i is the
   * schema's column {@code projection[i]}.
   */
  public RecordDecoder decoder(
      String format, Map<String, String> options, RowSchema schema, int[] projection) {
    return decoder(format, options, schema, projection, -1);
  }

  /**
   * As above; where the format is avro, {@code readerSchemaId} is the reader's own contract, whose
   * defaults and aliases count, or -1.
   */
  public RecordDecoder decoder(
      String format,
      Map<String, String> options,
      RowSchema schema,
      int[] projection,
      int readerSchemaId) {
    RowSchema strict = strict(schema);
    Settings settings = settings(format, options);
    return switch (folded(format)) {
      case "avro" ->
          new AvroRecordDecoder(
              schemas,
              strict.columns(),
              targets(schema.size(), projection),
              readerSchemaId < 0 ? null : schemas.apply(readerSchemaId));
      case "json" -> new JsonRecordDecoder(strict, projection);
      case "delimited" ->
          new DelimitedRecordDecoder(
              dialect(settings), settings.get(OPTIONAL_COLUMNS), strict, projection);
      case "w3c" ->
          new W3cRecordDecoder(
              settings.get(FIELDS), settings.get(OPTIONAL_COLUMNS), strict, projection);
      case "raw" -> new RawRecordDecoder(strict, projection);
      case DEBEZIUM -> new DebeziumRecordDecoder(schemas, new Modes(settings), strict, projection);
      default -> throw new IllegalArgumentException(format);
    };
  }

  /** An encoder of whole rows; {@code valueSchemaId} is the contract's id where avro is written. */
  public RecordEncoder encoder(
      String format, Map<String, String> options, RowSchema schema, int valueSchemaId) {
    RowSchema strict = strict(schema);
    Settings settings = settings(format, options);
    return switch (folded(format)) {
      case "avro" ->
          new AvroRecordEncoder(
              valueSchemaId,
              schemas.apply(valueSchemaId),
              strict.columns(),
              TextColumn.allOf(schema));
      case "json" -> new JsonRecordEncoder(strict);
      case "delimited" -> new DelimitedRecordEncoder(dialect(settings), strict);
      case "w3c" -> new W3cRecordEncoder(settings.get(FIELDS), strict);
      case "raw" -> new RawRecordEncoder(strict);
      case DEBEZIUM -> throw notForRows("write rows");
      default -> throw new IllegalArgumentException(format);
    };
  }

  /**
   * A decoder of a table's Avro keys: it sets the key columns among those asked for, and no others.
   */
  public RecordDecoder keyDecoder(RowSchema schema, int[] projection) {
    int[] keys = schema.keyIndexes();
    int[] byColumn = targets(schema.size(), projection);
    int[] targets = Arrays.stream(keys).map(key -> byColumn[key]).toArray();
    return new AvroRecordDecoder(schemas, strict(schema).keySchema().columns(), targets, null);
  }

  /** An encoder that writes the key columns of a full row by the key contract. */
  public RecordEncoder keyEncoder(RowSchema schema, int keySchemaId) {
    return new AvroRecordEncoder(
        keySchemaId,
        schemas.apply(keySchemaId),
        strict(schema).keySchema().columns(),
        schema.keyIndexes());
  }

  /** A decoder of one file or request body: a {@link LineDecoder} where rows are lines. */
  public FileDecoder fileDecoder(String format, Map<String, String> options, RowSchema schema) {
    RowSchema strict = strict(schema);
    Settings settings = settings(format, options);
    return switch (folded(format)) {
      case "avro" -> new AvroFileDecoder(schemas, strict);
      case "json" -> new JsonFileDecoder(strict);
      case "delimited" ->
          new DelimitedFileDecoder(
              dialect(settings), settings.get(OPTIONAL_COLUMNS), settings.get(HEADER), strict);
      case "w3c" ->
          new W3cFileDecoder(settings.get(FIELDS), settings.get(OPTIONAL_COLUMNS), strict);
      case "raw" -> RawFileDecoder.of(strict);
      case DEBEZIUM -> throw notForRows("read a file");
      default -> throw new IllegalArgumentException(format);
    };
  }

  private static Dialect dialect(Settings settings) {
    return Dialect.of(settings.get(DELIMITER), settings.get(QUOTE), settings.get(NULL));
  }

  private static int[] targets(int columns, int[] projection) {
    int[] targets = new int[columns];
    Arrays.fill(targets, -1);
    for (int i = 0; i < projection.length; i++) {
      targets[projection[i]] = i;
    }
    return targets;
  }

  private static RowSchema strict(RowSchema schema) {
    List<Column> columns = new ArrayList<>(schema.columns());
    for (int key : schema.keyIndexes()) {
      Column column = columns.get(key);
      columns.set(
          key, new Column(column.name(), column.type().withNullable(false), column.comment()));
    }
    return new RowSchema(columns, schema.primaryKey());
  }
}
