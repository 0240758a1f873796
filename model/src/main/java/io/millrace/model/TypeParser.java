package io.millrace.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads a type from SQL text, as Flink SQL writes it: {@code INT NOT NULL}, {@code DECIMAL(10, 2)},
 * {@code ARRAY<STRING>}, {@code ROW<a INT, `b c` STRING>}, {@code TIMESTAMP(3) WITH LOCAL TIME
 * ZONE}. Synonyms are folded: VARCHAR(n), CHAR(n), TEXT to STRING; VARBINARY, BINARY to BYTES;
 * TINYINT, SMALLINT, INTEGER to INT; LONG to BIGINT; REAL to FLOAT; BOOL to BOOLEAN; NUMERIC to
 * DECIMAL. A TIMESTAMP without a precision is TIMESTAMP(6), a TIME is TIME(3).
 */
public final class TypeParser {
  private final String text;
  private int at;

  private TypeParser(String text) {
    this.text = text;
  }

  /** Throws INVALID_TYPE with the offending text where it cannot be read. */
  public static DataType parse(String text) {
    TypeParser parser = new TypeParser(text);
    DataType type = parser.type();
    parser.space();
    if (parser.at != text.length()) {
      throw parser.invalid();
    }
    return type;
  }

  private MillraceException invalid() {
    return new MillraceException(ErrorCode.INVALID_TYPE, "Invalid type: " + text.strip())
        .hint(
            "Types are BOOLEAN, INT, BIGINT, FLOAT, DOUBLE, DECIMAL(p, s), STRING, BYTES, DATE,"
                + " TIME(p), TIMESTAMP(p), TIMESTAMP_LTZ(p), ARRAY<t>, MAP<STRING, t>, ROW<name"
                + " t, ...>.");
  }

  private DataType type() {
    DataType type = bare();
    if (word("NOT")) {
      expectWord("NULL");
      return type.withNullable(false);
    }
    word("NULL");
    return type;
  }

  private DataType bare() {
    String name = identifier().toUpperCase(Locale.ROOT);
    switch (name) {
      case "BOOLEAN", "BOOL":
        return DataType.BOOLEAN;
      case "INT", "INTEGER", "TINYINT", "SMALLINT":
        return DataType.INT;
      case "BIGINT", "LONG":
        return DataType.BIGINT;
      case "FLOAT", "REAL":
        return DataType.FLOAT;
      case "DOUBLE":
        word("PRECISION");
        return DataType.DOUBLE;
      case "STRING", "TEXT":
        return DataType.STRING;
      case "VARCHAR", "CHAR":
        parameters();
        return DataType.STRING;
      case "BYTES":
        return DataType.BYTES;
      case "VARBINARY", "BINARY":
        parameters();
        return DataType.BYTES;
      case "DATE":
        return DataType.DATE;
      case "DECIMAL", "NUMERIC", "DEC":
        List<Integer> ps = parameters();
        return DataType.decimal(ps.isEmpty() ? 10 : ps.get(0), ps.size() < 2 ? 0 : ps.get(1));
      case "TIME":
        List<Integer> time = parameters();
        zone();
        return DataType.time(time.isEmpty() ? 3 : time.get(0));
      case "TIMESTAMP_LTZ", "TIMESTAMPTZ":
        List<Integer> ltz = parameters();
        return DataType.timestampLtz(ltz.isEmpty() ? 6 : ltz.get(0));
      case "TIMESTAMP":
        List<Integer> stamp = parameters();
        int precision = stamp.isEmpty() ? 6 : stamp.get(0);
        return zone() ? DataType.timestampLtz(precision) : DataType.timestamp(precision);
      case "ARRAY":
        expect('<');
        DataType element = type();
        expect('>');
        return new DataType.Array(element, true);
      case "MAP":
        expect('<');
        DataType key = type();
        if (key.kind() != DataType.Kind.STRING) {
          throw invalid();
        }
        expect(',');
        DataType value = type();
        expect('>');
        return new DataType.Map(value, true);
      case "ROW", "STRUCT":
        return row();
      default:
        throw invalid();
    }
  }

  private DataType row() {
    char close = peek() == '(' ? ')' : '>';
    expect(close == ')' ? '(' : '<');
    List<Column> fields = new ArrayList<>();
    do {
      String name = identifier();
      DataType type = type();
      Optional<String> comment = Optional.empty();
      if (peek() == '\'') {
        comment = Optional.of(literal());
      }
      fields.add(new Column(name, type, comment));
    } while (take(','));
    expect(close);
    return new DataType.Row(fields, true);
  }

  private boolean zone() {
    if (word("WITHOUT")) {
      expectWord("TIME");
      expectWord("ZONE");
      return false;
    }
    if (word("WITH")) {
      word("LOCAL");
      expectWord("TIME");
      expectWord("ZONE");
      return true;
    }
    return false;
  }

  private List<Integer> parameters() {
    List<Integer> numbers = new ArrayList<>();
    if (take('(')) {
      do {
        space();
        int start = at;
        while (at < text.length() && Character.isDigit(text.charAt(at))) {
          at++;
        }
        if (start == at || at - start > 9) {
          if (!word("MAX")) {
            throw invalid();
          }
        } else {
          numbers.add(Integer.parseInt(text.substring(start, at)));
        }
      } while (take(','));
      expect(')');
    }
    return numbers;
  }

  private String identifier() {
    space();
    if (at < text.length() && (text.charAt(at) == '`' || text.charAt(at) == '"')) {
      return quoted(text.charAt(at));
    }
    int start = at;
    while (at < text.length()
        && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
      at++;
    }
    if (start == at) {
      throw invalid();
    }
    return text.substring(start, at);
  }

  private String literal() {
    return quoted('\'');
  }

  private String quoted(char quote) {
    StringBuilder content = new StringBuilder();
    for (at++; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c != quote) {
        content.append(c);
      } else if (at + 1 < text.length() && text.charAt(at + 1) == quote) {
        content.append(c);
        at++;
      } else {
        at++;
        return content.toString();
      }
    }
    throw invalid();
  }

  private void space() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private char peek() {
    space();
    return at < text.length() ? text.charAt(at) : 0;
  }

  private boolean take(char c) {
    if (peek() == c) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(char c) {
    if (!take(c)) {
      throw invalid();
    }
  }

  private boolean word(String word) {
    space();
    int end = at + word.length();
    if (end <= text.length()
        && text.regionMatches(true, at, word, 0, word.length())
        && (end == text.length() || !Character.isLetterOrDigit(text.charAt(end)))) {
      at = end;
      return true;
    }
    return false;
  }

  private void expectWord(String word) {
    if (!word(word)) {
      throw invalid();
    }
  }
}
