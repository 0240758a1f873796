package io.millrace.format.debezium;

import com.fasterxml.jackson.core.JsonToken;
import io.millrace.format.DecodeException;
import io.millrace.format.json.JsonInput;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** A schema as Kafka Connect's JSON converter writes it before the payload. */
final class JsonSchemaText {
  private final JsonInput in = new JsonInput();

  /** {@code position}: where in its record the text begins. */
  JsonSchemaText(byte[] text, int position) {
    in.open(text, 0, text.length, position);
  }

  Told read() throws DecodeException {
    try {
      in.next();
      return schema(new Field());
    } finally {
      in.close();
    }
  }

  private static final class Field {
    String name = "";
  }

  /** {@code field} takes the name under which the schema stands in its struct. */
  private Told schema(Field field) throws DecodeException {
    Told.Kind kind = Told.Kind.OTHER;
    String name = "";
    int[] digits = new int[2];
    Map<String, Told> fields = new LinkedHashMap<>();
    Told item = null;
    while (in.next() == JsonToken.FIELD_NAME) {
      String key = in.name();
      JsonToken token = in.next();
      switch (key) {
        case "type" -> kind = kind(text(token));
        case "name" -> name = text(token);
        case "field" -> field.name = text(token);
        case "parameters" -> parameters(token, digits);
        case "fields" -> fields(token, fields);
        case "items", "values" -> {
          if (token == JsonToken.START_OBJECT) {
            item = schema(new Field());
          } else {
            in.skip();
          }
        }
        default -> in.skip();
      }
    }
    return new Told(kind, name, digits[0], digits[1], fields, item);
  }

  private void fields(JsonToken token, Map<String, Told> fields) throws DecodeException {
    if (token != JsonToken.START_ARRAY) {
      in.skip();
      return;
    }
    for (JsonToken each = in.next(); each != JsonToken.END_ARRAY; each = in.next()) {
      if (each != JsonToken.START_OBJECT) {
        throw in.failed("not a schema");
      }
      Field field = new Field();
      Told told = schema(field);
      fields.put(field.name, told);
    }
  }

  private void parameters(JsonToken token, int[] digits) throws DecodeException {
    if (token != JsonToken.START_OBJECT) {
      in.skip();
      return;
    }
    while (in.next() == JsonToken.FIELD_NAME) {
      String key = in.name();
      String text = text(in.next());
      switch (key) {
        case "connect.decimal.precision" -> digits[0] = number(text);
        case "scale" -> digits[1] = number(text);
        default -> {}
      }
    }
  }

  private int number(String text) throws DecodeException {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw in.failed("not a number of digits");
    }
  }

  private String text(JsonToken token) throws DecodeException {
    if (token != JsonToken.VALUE_STRING) {
      in.skip();
      return "";
    }
    return new String(in.text().toByteArray(), StandardCharsets.UTF_8);
  }

  private static Told.Kind kind(String type) {
    return switch (type) {
      case "boolean" -> Told.Kind.BOOLEAN;
      case "int8", "int16", "int32" -> Told.Kind.INT;
      case "int64" -> Told.Kind.LONG;
      case "float" -> Told.Kind.FLOAT;
      case "double" -> Told.Kind.DOUBLE;
      case "string" -> Told.Kind.STRING;
      case "bytes" -> Told.Kind.BYTES;
      case "struct" -> Told.Kind.STRUCT;
      case "array" -> Told.Kind.ARRAY;
      case "map" -> Told.Kind.MAP;
      default -> Told.Kind.OTHER;
    };
  }
}
