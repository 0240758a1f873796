package io.millrace.sink.snowflake;

import io.millrace.model.DataType;
import java.io.Serializable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The type of a column in Snowflake, as DESCRIBE TABLE prints it.
 *
 * @param first length or precision, or 0
 * @param second scale, or 0
 */
record TargetType(String base, long first, int second) implements Serializable {
  private static final Pattern TEXT = Pattern.compile("([A-Z_]+)(?:\\((\\d+)(?:,(\\d+))?\\))?.*");

  static TargetType parse(String text) {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      return new TargetType(text, 0, 0);
    }
    return new TargetType(
        parts.group(1),
        parts.group(2) == null ? 0 : Long.parseLong(parts.group(2)),
        parts.group(3) == null ? 0 : Integer.parseInt(parts.group(3)));
  }

  /** What a column of the contract becomes in a table that the sink makes. */
  static TargetType of(DataType type) {
    return switch (type.kind()) {
      case BOOLEAN -> new TargetType("BOOLEAN", 0, 0);
      case INT -> new TargetType("NUMBER", 10, 0);
      case BIGINT -> new TargetType("NUMBER", 19, 0);
      case FLOAT, DOUBLE -> new TargetType("FLOAT", 0, 0);
      case DECIMAL -> {
        DataType.Decimal decimal = (DataType.Decimal) type;
        yield new TargetType("NUMBER", decimal.precision(), decimal.scale());
      }
      case STRING -> new TargetType("VARCHAR", 16_777_216, 0);
      case BYTES -> new TargetType("BINARY", 8_388_608, 0);
      case DATE -> new TargetType("DATE", 0, 0);
      case TIME -> new TargetType("TIME", precision(type), 0);
      case TIMESTAMP -> new TargetType("TIMESTAMP_NTZ", precision(type), 0);
      case TIMESTAMP_LTZ -> new TargetType("TIMESTAMP_LTZ", precision(type), 0);
      case ARRAY -> new TargetType("ARRAY", 0, 0);
      case MAP, ROW -> new TargetType("OBJECT", 0, 0);
    };
  }

  private static int precision(DataType type) {
    return ((DataType.Temporal) type).precision();
  }

  /** Whether it can hold values of the contract's type, each checked by itself where it must be. */
  boolean takes(DataType type) {
    return switch (type.kind()) {
      case BOOLEAN -> base.equals("BOOLEAN");
      case INT -> base.equals("NUMBER") || base.equals("FLOAT");
      case BIGINT -> base.equals("NUMBER");
      case FLOAT, DOUBLE -> base.equals("FLOAT");
      case DECIMAL -> base.equals("NUMBER") && second >= ((DataType.Decimal) type).scale();
      case STRING -> base.equals("VARCHAR");
      case BYTES -> base.equals("BINARY");
      case DATE -> base.equals("DATE");
      case TIME -> base.equals("TIME") && first >= precision(type);
      case TIMESTAMP -> base.equals("TIMESTAMP_NTZ") && first >= precision(type);
      case TIMESTAMP_LTZ -> base.equals("TIMESTAMP_LTZ") && first >= precision(type);
      case ARRAY -> base.equals("ARRAY") || base.equals("VARIANT");
      case MAP, ROW -> base.equals("OBJECT") || base.equals("VARIANT");
    };
  }

  /** The type widened to hold the contract's too; itself where Snowflake could not, or need not. */
  TargetType widenedFor(DataType type) {
    TargetType wanted = of(type);
    if (!base.equals(wanted.base()) || first >= wanted.first() || second != wanted.second()) {
      return this;
    }
    return base.equals("NUMBER") || base.equals("VARCHAR") ? wanted : this;
  }

  String text() {
    return first == 0
        ? base
        : base + "(" + first + (base.equals("NUMBER") ? "," + second : "") + ")";
  }
}
