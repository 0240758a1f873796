package io.millrace.sink.snowflake;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import java.io.Serializable;

/**
 * A column of the contract and where it goes.
 *
 * @param name as Snowflake has it
 * @param required whether the table or the contract says NOT NULL
 */
record TargetColumn(Column contract, String name, TargetType type, boolean required)
    implements Serializable {

  /**
   * The value out of a staged file. Only conversions that are documented for plain numbers and
   * texts are asked for: how Snowflake reads Parquet's own temporal and nested types depends on
   * options and on which of its readers is at work.
   */
  String fromStage() {
    String value = "$1:" + Sql.quote(contract.name());
    return switch (contract.type().kind()) {
      case BOOLEAN -> value + "::BOOLEAN";
      case INT, BIGINT -> value + "::NUMBER(38,0)";
      case FLOAT, DOUBLE -> value + "::FLOAT";
      case DECIMAL -> {
        DataType.Decimal decimal = (DataType.Decimal) contract.type();
        yield value + "::NUMBER(" + decimal.precision() + "," + decimal.scale() + ")";
      }
      case STRING -> value + "::VARCHAR";
      case BYTES -> value + "::BINARY";
      case DATE -> "DATE '1970-01-01' + " + value + "::INT";
      case TIME -> "TO_TIME(TO_TIMESTAMP_NTZ(" + value + "::BIGINT, " + precision() + "))";
      case TIMESTAMP -> "TO_TIMESTAMP_NTZ(" + value + "::BIGINT, " + precision() + ")";
      case TIMESTAMP_LTZ -> "TO_TIMESTAMP_LTZ(" + value + "::BIGINT, " + precision() + ")";
      case ARRAY -> "PARSE_JSON(" + value + "::VARCHAR)::ARRAY";
      case MAP, ROW -> "PARSE_JSON(" + value + "::VARCHAR)::OBJECT";
    };
  }

  private int precision() {
    return ((DataType.Temporal) contract.type()).precision();
  }

  /** How the value lies in a staged file: always nullable, for a delete has only its key. */
  Column staged() {
    DataType staged =
        switch (contract.type().kind()) {
          case DATE -> DataType.INT;
          case TIME, TIMESTAMP, TIMESTAMP_LTZ -> DataType.BIGINT;
          case ARRAY, MAP, ROW -> DataType.STRING;
          default -> contract.type().withNullable(true);
        };
    return new Column(contract.name(), staged);
  }
}
