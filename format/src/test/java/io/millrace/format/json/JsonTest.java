package io.millrace.format.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.format.DecodeException;
import io.millrace.format.FileDecoder;
import io.millrace.format.Formats;
import io.millrace.format.ObjectWriter;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import io.millrace.model.TypeParser;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonTest {
  private final Formats formats = new Formats(id -> null);

  private Object[] decode(RowSchema schema, String json) throws DecodeException {
    return decode(schema, IntStream.range(0, schema.size()).toArray(), json);
  }

  private Object[] decode(RowSchema schema, int[] projection, String json) throws DecodeException {
    List<Object[]> rows = new ArrayList<>();
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    formats
        .decoder("json", Map.of(), schema, projection)
        .decode(bytes, 0, bytes.length, new ObjectWriter(schema.project(projection), rows::add));
    return rows.get(0);
  }

  @Test
  void valuesAreCoercedOnlyWhereNothingIsLost() throws Exception {
    RowSchema schema =
        RowSchema.of(
            new Column("a", DataType.INT),
            new Column("B", DataType.STRING),
            new Column("c", DataType.BOOLEAN),
            new Column("d", DataType.decimal(4, 1)));
    assertThat(decode(schema, "{\"a\":\"7\",\"b\":1.50,\"c\":\"true\",\"d\":1.5e1}"))
        .containsExactly(7, "1.50", true, new BigDecimal("15.0"));
    assertThat(decode(schema, new int[] {1}, "{\"B\":\"\\ud83d\\ude00\\u00e9\",\"a\":\"x\"}"))
        .containsExactly("\ud83d\ude00\u00e9");
    assertThat(decode(schema, "{}")).containsExactly(null, null, null, null);
  }

  @Test
  void recordsAreUtf8WhateverTheirFirstBytesLookLike() throws Exception {
    RowSchema schema = RowSchema.of(new Column("a", DataType.INT));
    assertThat(decode(schema, "\ufeff{\"a\":7}")).containsExactly(7);
    assertThatThrownBy(() -> decode(schema, "\ufeff{\"a\":x}"))
        .hasMessageContaining("not JSON")
        .hasMessageEndingWith("(byte 8)");
    for (String wide : List.of("\0{\0}\0", "\0\0\0{", "{\0\0\0\"\0\0\0")) {
      assertThatThrownBy(() -> decode(schema, wide)).isInstanceOf(DecodeException.class);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "INT | {'c':1.5} | Cannot read column c as INT: not a number: '1.5' (byte 5)",
        "INT | {'c':2147483648} | Cannot read column c as INT: out of range: '2147483648' (byte 5)",
        "INT | {'c':true} | Cannot read column c as INT: not a number (byte 5)",
        "INT NOT NULL | {'c':null} | Cannot read column c as INT: NULL in a NOT NULL column (byte 5)",
        "INT NOT NULL | {} | Cannot read column c as INT: NULL in a NOT NULL column (byte 1)",
        "INT | {'c':1,'C':2} | Cannot read column c as INT: the field is given twice (byte 11)",
        "`MAP<STRING, MAP<STRING, INT>>` | {'c':{'a':{'a':1},'b':{'a':1,'\\u0061':2}}} | Cannot read column c as MAP<STRING, MAP<STRING, INT>>: a key of the map is given twice (byte 29)",
        "INT | [1] | Cannot read record: not a JSON object (byte 0)",
        "INT | {'c':1} {} | Cannot read record: text after the JSON object (byte 8)",
        "STRING | {'c':{}} | Cannot read column c as STRING: not a string (byte 5)",
        "STRING | {'c':'\\ud83d'} | Cannot read column c as STRING: half of a surrogate pair (byte 5)",
        "DATE | {'c':20000} | Cannot read column c as DATE: not a string (byte 5)",
        "`ROW<x INT, y ARRAY<INT NOT NULL>>` | {'c':{'y':[1,null]}} | Cannot read column c.y as ARRAY<INT NOT NULL>: NULL in a NOT NULL column (byte 13)",
        "DOUBLE | {'c':NaN} | Cannot read record: not JSON: Non-standard token 'NaN': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow (byte 8)",
      })
  void whatDoesNotFitIsRefusedWithItsPlace(String type, String json, String message) {
    RowSchema schema = RowSchema.of(new Column("c", TypeParser.parse(type)));
    assertThatThrownBy(() -> decode(schema, json.replace('\'', '"')))
        .isInstanceOf(DecodeException.class)
        .hasMessage(message);
  }

  private List<String> file(String json) throws IOException {
    RowSchema schema = RowSchema.of(new Column("a", DataType.INT));
    List<String> fates = new ArrayList<>();
    List<Object[]> rows = new ArrayList<>();
    formats
        .fileDecoder("json", Map.of(), schema)
        .decode(
            new ByteArrayInputStream(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8)),
            new ObjectWriter(schema, rows::add),
            new FileDecoder.FileRows() {
              @Override
              public void accepted(long row) {
                fates.add(row + "=" + rows.get(rows.size() - 1)[0]);
              }

              @Override
              public void refused(long row, byte[] bytes, DecodeException why) {
                fates.add(row + "!" + new String(bytes, StandardCharsets.UTF_8));
              }
            });
    return fates;
  }

  @Test
  void filesAreArraysOrOneObjectAfterTheOther() throws Exception {
    assertThat(file("[{'a':1},\n {'a':2}\n,{'a':'x'},{'a':3}]\n"))
        .containsExactly("1=1", "2=2", "3!{\"a\":\"x\"}", "3=3");
    assertThat(file("{'a':1}\r\n\n{'a':2}{'a':3}\n{\n  'a': 4\n}"))
        .containsExactly("1=1", "3=2", "3=3", "4=4");
    assertThat(file("[]")).isEmpty();
    assertThat(file(" \n")).isEmpty();
  }

  @Test
  void brokenRowsInFilesCostOnlyThemselves() throws Exception {
    assertThat(file("{'a':1\n{'a':2}\n{'a':'\n{'a':3}\nx y\n{'a':4} z\n{'a':5}"))
        .containsExactly(
            "1!{\"a\":1", "2=2", "3!{\"a\":\"", "4=3", "5!x y", "6!{\"a\":4} z", "7=5");
    assertThat(file("[{'a':1} {'a':2},,{'a':3},"))
        .containsExactly("1=1", "1!", "1=2", "1!", "1=3", "1!");
    assertThat(file("[{'a':1}] 5")).containsExactly("1=1", "1!");
  }
}
