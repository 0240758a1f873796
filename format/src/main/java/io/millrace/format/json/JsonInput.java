package io.millrace.format.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.Utf8;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * One JSON text at a time, token by token, with its texts as UTF-8. Whatever is no JSON is a {@link
 * DecodeException} with its place. Not thread-safe.
 */
public final class JsonInput {
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

  private final ByteSink text = new ByteSink();
  private JsonParser parser;

  /** Where the parser's first byte is: in the array, and in the record. */
  private int start;

  private int base;

  /** Stands before a whole record, which is UTF-8 with or without a byte order mark. */
  public void open(byte[] bytes, int offset, int length) throws DecodeException {
    Utf8.check(bytes, offset, length, offset);
    int mark = startsWithMark(bytes, offset, length) ? 3 : 0;
    open(bytes, offset + mark, length - mark, mark);
  }

  /** Stands before a part of a record that begins {@code positionBase} bytes into it. */
  public void open(byte[] bytes, int offset, int length, int positionBase) {
    start = offset;
    base = positionBase;
    try {
      parser = FACTORY.createParser(bytes, offset, length);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static boolean startsWithMark(byte[] bytes, int offset, int length) {
    return length >= 3
        && bytes[offset] == (byte) 0xef
        && bytes[offset + 1] == (byte) 0xbb
        && bytes[offset + 2] == (byte) 0xbf;
  }

  public void close() {
    try {
      if (parser != null) {
        parser.close();
      }
    } catch (IOException e) {
      throw unreadable(e);
    } finally {
      parser = null;
    }
  }

  /** The next token; null at the end. */
  public JsonToken next() throws DecodeException {
    try {
      return parser.nextToken();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Passes over what the current token begins, if it is an object or array. */
  public void skip() throws DecodeException {
    try {
      parser.skipChildren();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** The name of the field that the current token is, or is the value of. */
  public String name() throws DecodeException {
    try {
      return parser.currentName();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Whether the number that the current token is fits an int. */
  public boolean isInt() throws DecodeException {
    return numberType() == JsonParser.NumberType.INT;
  }

  /** Whether the number that the current token is fits a long. */
  public boolean isLong() throws DecodeException {
    JsonParser.NumberType type = numberType();
    return type == JsonParser.NumberType.INT || type == JsonParser.NumberType.LONG;
  }

  private JsonParser.NumberType numberType() throws DecodeException {
    try {
      return parser.getNumberType();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** The number that the current token is, where {@link #isLong}. */
  public long number() throws DecodeException {
    try {
      return parser.getLongValue();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** The text of the current token; one and the same object for every token. */
  public ByteSink text() throws DecodeException {
    text.reset();
    try {
      appendUtf8(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
    } catch (IOException e) {
      throw failed(e);
    }
    return text;
  }

  /** {@link #name} as {@link #text} gives texts. */
  public ByteSink nameText() throws DecodeException {
    text.reset();
    appendUtf8(name());
    return text;
  }

  /** Where in the array the current token begins. */
  public int tokenStart() {
    return start + (int) parser.currentTokenLocation().getByteOffset();
  }

  /** Where in the array the current token ends. */
  public int tokenEnd() {
    return start + (int) parser.currentLocation().getByteOffset();
  }

  /** Where in the record the current token is. */
  public long position() {
    return base + Math.max(0, parser.currentTokenLocation().getByteOffset());
  }

  /** A failure at the current token. */
  public DecodeException failed(String reason) {
    return new DecodeException(reason, position());
  }

  private DecodeException failed(IOException e) {
    if (!(e instanceof JsonProcessingException json)) {
      throw unreadable(e);
    }
    long at = json.getLocation() == null ? 0 : json.getLocation().getByteOffset();
    return new DecodeException(
        "not JSON: " + firstLine(json.getOriginalMessage()), base + Math.max(0, at));
  }

  private static UncheckedIOException unreadable(IOException e) {
    return new UncheckedIOException("a parser of bytes in memory failed to read", e);
  }

  private static String firstLine(String message) {
    int end = message.indexOf('\n');
    String line = end < 0 ? message : message.substring(0, end);
    return line.length() > 200 ? line.substring(0, 200) + "..." : line;
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
