package io.millrace.format.debezium;

import com.fasterxml.jackson.core.JsonToken;
import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.RowBuffer;
import io.millrace.format.UniqueKeys;
import io.millrace.format.json.JsonFields;
import io.millrace.format.json.JsonInput;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowWriter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads envelopes in JSON: alone, or as {@code payload} beside their {@code schema}. Schemas repeat
 * from record to record, so each is read once and known by its bytes after that. Not thread-safe.
 */
final class JsonEnvelopes {
  private static final int MAX_SCHEMAS = 64;

  private final List<Column> columns;
  private final boolean withRows;
  private final Values values;
  private final JsonInput in = new JsonInput();
  private final UniqueKeys keys = new UniqueKeys();
  private final ByteSink scratch = new ByteSink();
  private final Rows untold;
  private final Map<ByteBuffer, Rows> known = new HashMap<>();
  private Rows last;
  private boolean lenient;

  /** How rows of one schema are read. */
  private record Rows(byte[] schema, Slot.Fields before, Slot.Fields after) {}

  JsonEnvelopes(DataType.Row row, boolean withRows, Values values) {
    this.columns = row.fields();
    this.withRows = withRows;
    this.values = values;
    this.untold = rows(new byte[0], null);
    this.last = untold;
  }

  private Rows rows(byte[] schema, Told told) {
    return new Rows(schema, fields(told, Envelope.BEFORE), fields(told, Envelope.AFTER));
  }

  private Slot.Fields fields(Told told, String field) {
    return new Slot.Fields(columns, told == null ? null : told.fields().get(field));
  }

  void read(byte[] bytes, int offset, int length, Envelope envelope) throws DecodeException {
    keys.reset();
    in.open(bytes, offset, length);
    try {
      if (in.next() != JsonToken.START_OBJECT) {
        throw in.failed("not a JSON object");
      }
      Rows told = untold;
      int payload = -1;
      int payloadEnd = -1;
      boolean isToldFirst = false;
      while (in.next() == JsonToken.FIELD_NAME) {
        String name = in.name();
        JsonToken token = in.next();
        if (name.equals("schema") && token == JsonToken.START_OBJECT) {
          int from = in.tokenStart();
          in.skip();
          told = told(bytes, from, in.tokenEnd(), from - offset);
          isToldFirst = payload < 0;
        } else if (name.equals("payload") && token == JsonToken.START_OBJECT) {
          if (isToldFirst) {
            envelope(told, envelope);
          } else {
            payload = in.tokenStart();
            in.skip();
            payloadEnd = in.tokenEnd();
          }
        } else {
          field(name, token, told, envelope);
        }
      }
      if (in.next() != null) {
        throw in.failed("text after the JSON object");
      }
      if (payload >= 0) {
        in.close();
        in.open(bytes, payload, payloadEnd - payload, payload - offset);
        in.next();
        envelope(told, envelope);
      }
    } finally {
      in.close();
    }
  }

  private void envelope(Rows rows, Envelope envelope) throws DecodeException {
    while (in.next() == JsonToken.FIELD_NAME) {
      String name = in.name();
      field(name, in.next(), rows, envelope);
    }
  }

  private void field(String name, JsonToken token, Rows rows, Envelope envelope)
      throws DecodeException {
    switch (name) {
      case Envelope.BEFORE -> row(name, token, rows.before, envelope);
      case Envelope.AFTER -> row(name, token, rows.after, envelope);
      case Envelope.SOURCE -> source(token, envelope);
      case Envelope.OP -> {
        if (token != JsonToken.VALUE_STRING) {
          throw in.failed("not a string").in(name, null);
        }
        ByteSink text = in.text();
        envelope.op(text.array(), 0, text.length());
      }
      default -> {
        int number = Envelope.NUMBERS.indexOf(name);
        if (number >= 0 && token == JsonToken.VALUE_NUMBER_INT && in.isLong()) {
          envelope.told(number, in.number());
        } else {
          in.skip();
        }
      }
    }
  }

  private void source(JsonToken token, Envelope envelope) throws DecodeException {
    if (token != JsonToken.START_OBJECT) {
      in.skip();
      return;
    }
    envelope.beginSource();
    while (in.next() == JsonToken.FIELD_NAME) {
      String name = in.name();
      JsonToken value = in.next();
      int number = Envelope.NUMBERS.indexOf(name);
      if (number >= 0 && value == JsonToken.VALUE_NUMBER_INT && in.isLong()) {
        envelope.source(number, in.number());
      } else if (name.equals(Envelope.FILE) && value == JsonToken.VALUE_STRING) {
        ByteSink text = in.text();
        envelope.file(text.array(), 0, text.length());
      } else {
        in.skip();
      }
    }
  }

  private void row(String name, JsonToken token, Slot.Fields fields, Envelope envelope)
      throws DecodeException {
    if (token == JsonToken.VALUE_NULL || !withRows) {
      in.skip();
      return;
    }
    if (token != JsonToken.START_OBJECT) {
      throw in.failed("not an object").in(name, null);
    }
    lenient = name.equals(Envelope.BEFORE);
    RowBuffer row = lenient ? envelope.beginBefore() : envelope.beginAfter();
    try {
      object(fields, row);
    } catch (DecodeException e) {
      throw e.in(name, null);
    }
    row.endRow();
  }

  private void object(Slot.Fields fields, RowWriter target) throws DecodeException {
    fields.names.begin();
    while (in.next() == JsonToken.FIELD_NAME) {
      int index = fields.names.indexOf(in.name());
      JsonToken token = in.next();
      if (index < 0) {
        in.skip();
        continue;
      }
      Slot slot = fields.slots[index];
      try {
        if (!fields.names.see(index)) {
          throw in.failed("the field is given twice");
        }
        value(slot, token, target);
      } catch (DecodeException e) {
        throw e.in(slot.name, slot.type);
      }
    }
    JsonFields.Field missing = fields.names.missing();
    if (missing != null) {
      throw DecodeException.missing(missing.name, missing.type, in.position());
    }
  }

  private void value(Slot slot, JsonToken token, RowWriter target) throws DecodeException {
    if (token == JsonToken.VALUE_NULL) {
      if (!slot.type.nullable()) {
        throw in.failed("NULL in a NOT NULL place");
      }
      target.setNull(slot.target);
    } else if (slot.fields != null && token == JsonToken.START_OBJECT) {
      target.beginStruct(slot.target);
      object(slot.fields, target);
      target.endStruct();
    } else if (slot.type.kind() == DataType.Kind.ARRAY && token == JsonToken.START_ARRAY) {
      target.beginList(slot.target);
      JsonToken item = in.next();
      for (; item != JsonToken.END_ARRAY; item = in.next()) {
        value(slot.item, item, target);
      }
      target.endList();
    } else if (slot.type.kind() == DataType.Kind.MAP && token == JsonToken.START_OBJECT) {
      map(slot, target);
    } else {
      scalar(slot, token, target);
    }
  }

  private void map(Slot slot, RowWriter target) throws DecodeException {
    target.beginMap(slot.target);
    keys.beginMap();
    while (in.next() == JsonToken.FIELD_NAME) {
      ByteSink text = in.nameText();
      if (!keys.add(text.array(), 0, text.length())) {
        throw in.failed("a key of the map is given twice");
      }
      target.setUtf8(0, text.array(), 0, text.length());
      value(slot.item, in.next(), target);
    }
    keys.endMap();
    target.endMap();
  }

  /** What a row was is told for its key alone: of the rest, what does not fit is not known. */
  private void scalar(Slot slot, JsonToken token, RowWriter target) throws DecodeException {
    long position = in.position();
    try {
      switch (token) {
        case VALUE_STRING -> {
          ByteSink text = in.text();
          values.text(slot, text.array(), 0, text.length(), target);
        }
        case VALUE_TRUE, VALUE_FALSE -> values.bool(slot, token == JsonToken.VALUE_TRUE, target);
        case VALUE_NUMBER_INT -> {
          if (in.isLong()) {
            values.number(slot, in.number(), target);
          } else {
            digits(slot, target);
          }
        }
        case VALUE_NUMBER_FLOAT -> digits(slot, target);
        case START_OBJECT -> scaled(slot, target);
        case START_ARRAY -> {
          in.skip();
          throw new DecodeException("it is an array", -1);
        }
        default -> throw in.failed("not a value");
      }
    } catch (DecodeException e) {
      if (!lenient || !slot.type.nullable() || e.position() >= 0) {
        throw e.position() >= 0 ? e : new DecodeException(e.reason(), position);
      }
      target.setNull(slot.target);
    }
  }

  private void digits(Slot slot, RowWriter target) throws DecodeException {
    ByteSink text = in.text();
    values.digits(slot, text.array(), 0, text.length(), target);
  }

  /** A decimal that brings its own scale. */
  private void scaled(Slot slot, RowWriter target) throws DecodeException {
    int scale = 0;
    boolean isScaled = false;
    boolean hasValue = false;
    while (in.next() == JsonToken.FIELD_NAME) {
      String name = in.name();
      JsonToken token = in.next();
      if (name.equals("scale") && token == JsonToken.VALUE_NUMBER_INT && in.isInt()) {
        scale = (int) in.number();
        isScaled = true;
      } else if (name.equals("value") && token == JsonToken.VALUE_STRING) {
        ByteSink text = in.text();
        values.base64(text.array(), 0, text.length(), scratch);
        hasValue = true;
      } else {
        in.skip();
      }
    }
    if (!isScaled || !hasValue) {
      throw new DecodeException("it is an object", -1);
    }
    values.scaled(slot, scale, scratch.array(), 0, scratch.length(), target);
  }

  private Rows told(byte[] bytes, int from, int to, int position) throws DecodeException {
    if (Arrays.equals(bytes, from, to, last.schema, 0, last.schema.length)) {
      return last;
    }
    Rows rows = known.get(ByteBuffer.wrap(bytes, from, to - from));
    if (rows == null) {
      byte[] schema = Arrays.copyOfRange(bytes, from, to);
      rows = rows(schema, new JsonSchemaText(schema, position).read());
      if (known.size() == MAX_SCHEMAS) {
        known.clear();
      }
      known.put(ByteBuffer.wrap(schema), rows);
    }
    last = rows;
    return rows;
  }
}
