package io.millrace.format.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.RecordDecoder;
import io.millrace.format.UniqueKeys;
import io.millrace.format.Utf8;
import io.millrace.format.text.TextValues;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;

/**
 * Reads records of one JSON object each, in UTF-8 with or without a byte order mark. Unknown fields
 * are passed over, fields that are absent are NULL, a field or key of a map given twice is refused.
 * Numbers may stand in quotes; a value must be exactly of its column's type, where STRING takes any
 * plain value as its text. Temporal values are ISO texts, BYTES base64.
 */
public final class JsonRecordDecoder implements RecordDecoder {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          // Zero bytes would make it guess UTF-16 or UTF-32.
          .disable(JsonFactory.Feature.CHARSET_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(128)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private final JsonFields fields;
  private final TextValues values = new TextValues();
  private final ByteSink text = new ByteSink();
  private final UniqueKeys keys = new UniqueKeys();
  private JsonParser parser;
  private int mark;

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
    Utf8.check(bytes, offset, length, offset);
    keys.reset();
    target.beginRow();
    mark = startsWithMark(bytes, offset, length) ? 3 : 0;
    try (JsonParser opened = FACTORY.createParser(bytes, offset + mark, length - mark)) {
      parser = opened;
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw failed("not a JSON object");
      }
      object(fields, target);
      if (parser.nextToken() != null) {
        throw failed("text after the JSON object");
      }
    } catch (DecodeException e) {
      target.abandonRow();
      throw e;
    } catch (JsonProcessingException e) {
      target.abandonRow();
      long at = e.getLocation() == null ? 0 : e.getLocation().getByteOffset();
      throw new DecodeException(
          "not JSON: " + firstLine(e.getOriginalMessage()), mark + Math.max(0, at));
    } catch (IOException e) {
      throw new UncheckedIOException("a parser of bytes in memory failed to read", e);
    } finally {
      parser = null;
    }
    target.endRow();
    return 1;
  }

  private static boolean startsWithMark(byte[] bytes, int offset, int length) {
    return length >= 3
        && bytes[offset] == (byte) 0xef
        && bytes[offset + 1] == (byte) 0xbb
        && bytes[offset + 2] == (byte) 0xbf;
  }

  private static String firstLine(String message) {
    int end = message.indexOf('\n');
    String line = end < 0 ? message : message.substring(0, end);
    return line.length() > 200 ? line.substring(0, 200) + "..." : line;
  }

  private DecodeException failed(String reason) {
    return new DecodeException(reason, position());
  }

  private long position() {
    return mark + Math.max(0, parser.currentTokenLocation().getByteOffset());
  }

  private void object(JsonFields known, RowWriter target) throws IOException, DecodeException {
    known.begin();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      int index = known.indexOf(parser.currentName());
      JsonToken token = parser.nextToken();
      if (index < 0) {
        parser.skipChildren();
        continue;
      }
      JsonFields.Field field = known.field(index);
      if (!known.see(index)) {
        throw failed("the field is given twice").in(field.name, field.type);
      }
      if (field.target < 0) {
        parser.skipChildren();
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
      throw DecodeException.missing(missing.name, missing.type, position());
    }
  }

  private void value(JsonFields.Field field, JsonToken token, RowWriter target)
      throws IOException, DecodeException {
    if (token == JsonToken.VALUE_NULL) {
      if (!field.type.nullable()) {
        throw failed("NULL in a NOT NULL column");
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
        JsonToken item = parser.nextToken();
        for (; item != JsonToken.END_ARRAY; item = parser.nextToken()) {
          value(field.item, item, target);
        }
        target.endList();
      }
      case MAP -> {
        require(token, JsonToken.START_OBJECT, "an object");
        target.beginMap(field.target);
        keys.beginMap();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          text.reset();
          appendUtf8(parser.currentName());
          if (!keys.add(text.array(), 0, text.length())) {
            throw failed("a key of the map is given twice");
          }
          target.setUtf8(0, text.array(), 0, text.length());
          value(field.item, parser.nextToken(), target);
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
          throw failed("not a string");
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
      throw failed("not " + what);
    }
  }

  private void number(JsonFields.Field field, JsonToken token, RowWriter target)
      throws IOException, DecodeException {
    if (token == JsonToken.VALUE_NUMBER_INT
        && parser.getNumberType() == JsonParser.NumberType.INT) {
      if (field.type.kind() == DataType.Kind.INT) {
        target.setInt(field.target, parser.getIntValue());
      } else {
        target.setLong(field.target, parser.getIntValue());
      }
      return;
    }
    if (!token.isNumeric()) {
      require(token, JsonToken.VALUE_STRING, "a number");
    }
    plain(field, target);
  }

  /** The token's text, as Jackson keeps it in characters, becomes UTF-8 and then a value. */
  private void plain(JsonFields.Field field, RowWriter target) throws IOException, DecodeException {
    text.reset();
    appendUtf8(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
    try {
      values.read(field.type, text.array(), 0, text.length(), 0, target, field.target);
    } catch (DecodeException e) {
      throw failed(e.reason());
    }
  }

  private void appendUtf8(String chars) throws DecodeException {
    for (int i = 0; i < chars.length(); i++) {
      char c = chars.charAt(i);
      if (Character.isHighSurrogate(c) && i + 1 < chars.length()) {
        append(c, chars.charAt(++i));
      } else {
        append(c, (char) 0);
      }
    }
  }

  private void appendUtf8(char[] chars, int offset, int length) throws DecodeException {
    text.ensure(length);
    int end = offset + length;
    for (int i = offset; i < end; i++) {
      char c = chars[i];
      if (c < 0x80) {
        text.write(c);
      } else if (Character.isHighSurrogate(c) && i + 1 < end) {
        append(c, chars[++i]);
      } else {
        append(c, (char) 0);
      }
    }
  }

  private void append(char c, char low) throws DecodeException {
    if (c < 0x80) {
      text.write(c);
    } else if (c < 0x800) {
      text.write(0xc0 | c >> 6);
      text.write(0x80 | c & 0x3f);
    } else if (!Character.isSurrogate(c)) {
      text.write(0xe0 | c >> 12);
      text.write(0x80 | c >> 6 & 0x3f);
      text.write(0x80 | c & 0x3f);
    } else if (Character.isHighSurrogate(c) && Character.isLowSurrogate(low)) {
      int point = Character.toCodePoint(c, low);
      text.write(0xf0 | point >> 18);
      text.write(0x80 | point >> 12 & 0x3f);
      text.write(0x80 | point >> 6 & 0x3f);
      text.write(0x80 | point & 0x3f);
    } else {
      throw failed("half of a surrogate pair");
    }
  }
}
