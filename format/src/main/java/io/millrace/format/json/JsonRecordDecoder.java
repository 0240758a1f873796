package io.millrace.format.json;

import com.fasterxml.jackson.core.JsonToken;
import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.RecordDecoder;
import io.millrace.format.UniqueKeys;
import io.millrace.format.text.TextValues;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import java.util.Arrays;

/**
 * Reads records of one JSON object each, in UTF-8 with or without a byte order mark. Unknown fields
 * are passed over, fields that are absent are NULL, a field or key of a map given twice is refused.
 * Numbers may stand in quotes; a value must be exactly of its column's type, where STRING takes any
 * plain value as its text. Temporal values are ISO texts, BYTES base64.
 */
public final class JsonRecordDecoder implements RecordDecoder {
  private final JsonFields fields;
  private final TextValues values = new TextValues();
  private final UniqueKeys keys = new UniqueKeys();
  private final JsonInput in = new JsonInput();

  public JsonRecordDecoder(RowSchema schema, int[] projection) {
    int[] targets = new int[schema.size()];
    Arrays.fill(targets, -1);
    for (int i = 0; i < projection.length; i++) {
      targets[projection[i]] = i;
    }
    fields = new JsonFields(schema.columns(), targets);
  }

  @Override
  public int decode(byte[] bytes, int offset, int length, RowWriter target) throws DecodeException {
    in.open(bytes, offset, length);
    keys.reset();
    target.beginRow();
    try {
      if (in.next() != JsonToken.START_OBJECT) {
        throw in.failed("not a JSON object");
      }
      object(fields, target);
      if (in.next() != null) {
        throw in.failed("text after the JSON object");
      }
    } catch (DecodeException e) {
      target.abandonRow();
      throw e;
    } finally {
      in.close();
    }
    target.endRow();
    return 1;
  }

  private void object(JsonFields known, RowWriter target) throws DecodeException {
    known.begin();
    while (in.next() == JsonToken.FIELD_NAME) {
      int index = known.indexOf(in.name());
      JsonToken token = in.next();
      if (index < 0) {
        in.skip();
        continue;
      }
      JsonFields.Field field = known.field(index);
      if (!known.see(index)) {
        throw in.failed("the field is given twice").in(field.name, field.type);
      }
      if (field.target < 0) {
        in.skip();
        continue;
      }
      try {
        value(field, token, target);
      } catch (DecodeException e) {
        throw e.in(field.name, field.type);
      }
    }
    JsonFields.Field missing = known.missing();
    if (missing != null) {
      throw DecodeException.missing(missing.name, missing.type, in.position());
    }
  }

  private void value(JsonFields.Field field, JsonToken token, RowWriter target)
      throws DecodeException {
    if (token == JsonToken.VALUE_NULL) {
      if (!field.type.nullable()) {
        throw in.failed("NULL in a NOT NULL column");
      }
      target.setNull(field.target);
      return;
    }
    switch (field.type.kind()) {
      case ROW -> {
        require(token, JsonToken.START_OBJECT, "an object");
        target.beginStruct(field.target);
        object(field.fields, target);
        target.endStruct();
      }
      case ARRAY -> {
        require(token, JsonToken.START_ARRAY, "an array");
        target.beginList(field.target);
        JsonToken item = in.next();
        for (; item != JsonToken.END_ARRAY; item = in.next()) {
          value(field.item, item, target);
        }
        target.endList();
      }
      case MAP -> {
        require(token, JsonToken.START_OBJECT, "an object");
        target.beginMap(field.target);
        keys.beginMap();
        while (in.next() == JsonToken.FIELD_NAME) {
          ByteSink text = in.nameText();
          if (!keys.add(text.array(), 0, text.length())) {
            throw in.failed("a key of the map is given twice");
          }
          target.setUtf8(0, text.array(), 0, text.length());
          value(field.item, in.next(), target);
        }
        keys.endMap();
        target.endMap();
      }
      case BOOLEAN -> {
        if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
          target.setBoolean(field.target, token == JsonToken.VALUE_TRUE);
        } else {
          require(token, JsonToken.VALUE_STRING, "a boolean");
          plain(field, target);
        }
      }
      case STRING -> {
        if (!token.isScalarValue()) {
          throw in.failed("not a string");
        }
        plain(field, target);
      }
      case INT, BIGINT -> number(field, token, target);
      case DECIMAL, FLOAT, DOUBLE -> {
        if (!token.isNumeric()) {
          require(token, JsonToken.VALUE_STRING, "a number");
        }
        plain(field, target);
      }
      case DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ, BYTES -> {
        require(token, JsonToken.VALUE_STRING, "a string");
        plain(field, target);
      }
    }
  }

  private void require(JsonToken token, JsonToken expected, String what) throws DecodeException {
    if (token != expected) {
      throw in.failed("not " + what);
    }
  }

  private void number(JsonFields.Field field, JsonToken token, RowWriter target)
      throws DecodeException {
    if (token == JsonToken.VALUE_NUMBER_INT && in.isInt()) {
      if (field.type.kind() == DataType.Kind.INT) {
        target.setInt(field.target, (int) in.number());
      } else {
        target.setLong(field.target, in.number());
      }
      return;
    }
    if (!token.isNumeric()) {
      require(token, JsonToken.VALUE_STRING, "a number");
    }
    plain(field, target);
  }

  private void plain(JsonFields.Field field, RowWriter target) throws DecodeException {
    ByteSink text = in.text();
    try {
      values.read(field.type, text.array(), 0, text.length(), 0, target, field.target);
    } catch (DecodeException e) {
      throw in.failed(e.reason());
    }
  }
}
