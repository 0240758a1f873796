package io.millrace.flow.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.MillraceException;
import io.millrace.model.TypeParser;
import org.apache.flink.table.api.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlinkTypesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "BOOLEAN",
        "INT NOT NULL",
        "BIGINT",
        "FLOAT",
        "DOUBLE NOT NULL",
        "DECIMAL(38, 10)",
        "STRING",
        "BYTES NOT NULL",
        "DATE",
        "TIME(3)",
        "TIMESTAMP(3)",
        "TIMESTAMP(6) NOT NULL",
        "TIMESTAMP_LTZ(3)",
        "TIMESTAMP_LTZ(6)",
        "ARRAY<INT NOT NULL>",
        "MAP<STRING, ARRAY<DOUBLE>>",
        "ROW<a INT NOT NULL, `b c` ROW<d STRING> NOT NULL>"
      })
  void typesComeBackFromFlinkAsTheyWent(String text) {
    var type = TypeParser.parse(text);
    assertThat(FlinkTypes.fromFlink("c", FlinkTypes.toFlink(type).getLogicalType()))
        .isEqualTo(type);
  }

  @Test
  void timeOfMicrosecondsIsMillisecondsInQueries() {
    assertThat(FlinkTypes.toFlink(TypeParser.parse("TIME(6)"))).isEqualTo(DataTypes.TIME(3));
  }

  @Test
  void typesThatContractsLackAreRefusedByColumn() {
    assertThatThrownBy(() -> FlinkTypes.fromFlink("at", DataTypes.TIMESTAMP(9).getLogicalType()))
        .isInstanceOf(MillraceException.class)
        .hasMessage("Invalid type of column at: TIMESTAMP(9)");
    assertThatThrownBy(
            () ->
                FlinkTypes.fromFlink(
                    "m", DataTypes.MAP(DataTypes.INT(), DataTypes.INT()).getLogicalType()))
        .isInstanceOf(MillraceException.class);
    assertThatThrownBy(() -> FlinkTypes.fromFlink("n", DataTypes.NULL().getLogicalType()))
        .isInstanceOf(MillraceException.class);
  }
}
