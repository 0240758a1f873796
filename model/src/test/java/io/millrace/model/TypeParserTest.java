package io.millrace.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TypeParserTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "BOOLEAN",
        "INT NOT NULL",
        "DECIMAL(38, 10)",
        "TIMESTAMP(3)",
        "TIMESTAMP_LTZ(6) NOT NULL",
        "ARRAY<STRING NOT NULL>",
        "MAP<STRING, ROW<a INT, `b c` DECIMAL(4, 2) NOT NULL>>",
        "ROW<date DATE, `x``y` ARRAY<ARRAY<BIGINT>>> NOT NULL",
        "ROW<a INT 'it''s a number', b STRING NOT NULL 'b'>"
      })
  void textOfATypeReadsBackAsTheSameType(String text) {
    assertThat(TypeParser.parse(text).toString()).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "varchar(20) | STRING",
        "VARCHAR(MAX) | STRING",
        "smallint | INT",
        "double precision not null | DOUBLE NOT NULL",
        "TIMESTAMP(2) WITH LOCAL TIME ZONE | TIMESTAMP_LTZ(3)",
        "TIMESTAMP WITHOUT TIME ZONE | TIMESTAMP(6)",
        "TIME(0) | TIME(3)",
        "numeric(5) | DECIMAL(5, 0)",
        "struct<a text> | ROW<a STRING>"
      })
  void synonymsFoldToOneType(String text, String type) {
    assertThat(TypeParser.parse(text).toString()).isEqualTo(type);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "MONEY",
        "DECIMAL(39, 0)",
        "TIMESTAMP(9)",
        "ARRAY<INT",
        "MAP<INT, INT>",
        "INT INT",
        "ROW<>",
        "ROW<`a INT>"
      })
  void whatIsNoTypeIsRefusedAsInvalidType(String text) {
    assertThatThrownBy(() -> TypeParser.parse(text))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_TYPE));
  }

  @Test
  void aRefusalNamesTheTypesThereAre() {
    assertThatThrownBy(() -> TypeParser.parse("MONEY"))
        .hasMessage("Invalid type: MONEY")
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.hint().orElseThrow()).contains("DECIMAL"));
  }
}
