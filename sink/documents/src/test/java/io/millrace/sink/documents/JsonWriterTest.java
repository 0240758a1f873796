package io.millrace.sink.documents;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.Column;
import io.millrace.model.RowSchema;
import io.millrace.model.TypeParser;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class JsonWriterTest {
  private final Utf8Buffer buffer = new Utf8Buffer();

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private JsonWriter writer(String... namesAndTypes) {
    Column[] columns = new Column[namesAndTypes.length / 2];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = new Column(namesAndTypes[2 * i], TypeParser.parse(namesAndTypes[2 * i + 1]));
    }
    return new JsonWriter(RowSchema.of(columns), buffer);
  }

  private static void set(JsonWriter json, int column, String text) {
    json.setUtf8(column, utf8(text), 0, utf8(text).length);
  }

  @Test
  void nestedRowIsOneObject() {
    JsonWriter json =
        writer("a", "ARRAY<ROW<x INT, t TIMESTAMP_LTZ(3)>>", "m", "MAP<STRING, ARRAY<INT>>");
    json.beginRow();
    json.beginList(0);
    json.beginStruct(0);
    json.setInt(0, 1);
    json.setLong(1, 0);
    json.endStruct();
    json.setNull(0);
    json.endList();
    json.beginMap(1);
    set(json, 0, "k");
    json.beginList(1);
    json.setInt(0, 1);
    json.setInt(0, 2);
    json.endList();
    set(json, 0, "none");
    json.setNull(1);
    json.endMap();
    json.endRow();
    assertThat(buffer)
        .hasToString(
            "{\"a\":[{\"x\":1,\"t\":\"1970-01-01T00:00:00.000Z\"},null],"
                + "\"m\":{\"k\":[1,2],\"none\":null}}");
  }

  @Test
  void textIsEscapedAndWhatJsonHasNoNumberForIsText() {
    JsonWriter json = writer("quo\"te", "STRING", "d", "DOUBLE", "n", "DECIMAL(4, 2)");
    json.beginRow();
    set(json, 0, "a\"\\\n\u0000\u00e4");
    json.setDouble(1, Double.NaN);
    json.setDecimal(2, -5);
    json.endRow();
    assertThat(buffer)
        .hasToString("{\"quo\\\"te\":\"a\\\"\\\\\\u000a\\u0000\u00e4\",\"d\":\"NaN\",\"n\":-0.05}");
  }

  @Test
  void abandonedRowLeavesNoTraceBehindTheOneBefore() {
    JsonWriter json = writer("a", "ARRAY<INT>");
    json.beginRow();
    json.endRow();
    json.beginRow();
    json.beginList(0);
    json.setInt(0, 1);
    json.abandonRow();
    json.beginRow();
    json.setNull(0);
    json.endRow();
    assertThat(buffer).hasToString("{}{\"a\":null}");
  }

  @Test
  void oneValueIsWrittenWithoutItsName() {
    JsonWriter json = writer("n", "INT", "a", "ARRAY<STRING>");
    json.beginValue();
    json.beginList(1);
    set(json, 0, "x");
    set(json, 0, "y");
    json.endList();
    assertThat(buffer).hasToString("[\"x\",\"y\"]");
  }
}
