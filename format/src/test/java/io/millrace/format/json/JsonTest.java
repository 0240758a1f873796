package io.millrace.format.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.FileDecoder;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.ObjectWriter;
import io.millrace.format.RandomRows;
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
  private final ObjectMapper mapper =
      new ObjectMapper()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .setNodeFactory(JsonNodeFactory.withExactBigDecimals(true));

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
  void jacksonReadsWhatWeWriteAndWeReadWhatJacksonWrites() throws Exception {
    for (long seed = 0; seed < 2000; seed++) {
      RandomRows rows = new RandomRows(seed);
      RowSchema schema = rows.schema(true);
      Object[] row = rows.row(schema);
      ByteSink out = new ByteSink();
      formats.encoder("json", Map.of(), schema, -1).encode(new ObjectRow(schema).set(row), out);

      JsonNode ours = mapper.readTree(out.toByteArray());
      ObjectNode theirs = mapper.createObjectNode();
      for (int i = 0; i < row.length; i++) {
        theirs.set(schema.column(i).name(), node(row[i], schema.column(i).type()));
      }
      assertThat(values(ours)).as("seed %d", seed).isEqualTo(values(theirs));
      theirs.put("unknown", 1).putArray("Unknown").addObject().put("a", "b");
      assertThat(RandomRows.comparable(decode(schema, theirs.toPrettyString())))
          .as("seed %d", seed)
          .isEqualTo(RandomRows.comparable(row));
    }
  }

  /** Numbers by value, temporal texts by what they mean, so that only content is compared. */
  private static Object values(JsonNode node) {
    if (node.isNumber()) {
      return node.decimalValue().stripTrailingZeros();
    }
    if (node.isObject()) {
      List<Object> entries = new ArrayList<>();
      node.fields().forEachRemaining(e -> entries.add(List.of(e.getKey(), values(e.getValue()))));
      return entries;
    }
    if (node.isArray()) {
      List<Object> items = new ArrayList<>();
      node.forEach(item -> items.add(values(item)));
      return items;
    }
    String text = node.asText();
    return text.matches("(\\d{4}-\\d\\d-\\d\\dT)?\\d\\d:\\d\\d(:.*)?")
        ? text.replaceFirst("(:\\d\\d)(\\.0*|(\\.\\d*?)0*)(Z?)$", "$1$3$4")
            .replaceFirst(":00(Z?)$", "$1")
        : text;
  }

  private JsonNode node(Object value, DataType type) {
    JsonNodeFactory nodes = mapper.getNodeFactory();
    if (value == null) {
      return nodes.nullNode();
    }
    return switch (type.kind()) {
      case BOOLEAN -> nodes.booleanNode((Boolean) value);
      case INT -> nodes.numberNode((Integer) value);
      case BIGINT -> nodes.numberNode((Long) value);
      case FLOAT -> nodes.numberNode(new BigDecimal(value.toString()));
      case DOUBLE -> nodes.numberNode((Double) value);
      case DECIMAL -> nodes.numberNode((BigDecimal) value);
      case BYTES -> nodes.binaryNode((byte[]) value);
      case ARRAY -> {
        ArrayNode array = nodes.arrayNode();
        ((List<?>) value).forEach(item -> array.add(node(item, ((DataType.Array) type).element())));
        yield array;
      }
      case MAP -> {
        ObjectNode object = nodes.objectNode();
        ((Map<?, ?>) value)
            .forEach(
                (key, item) -> object.set((String) key, node(item, ((DataType.Map) type).value())));
        yield object;
      }
      case ROW -> {
        ObjectNode object = nodes.objectNode();
        for (Column field : ((DataType.Row) type).fields()) {
          object.set(field.name(), node(((Map<?, ?>) value).get(field.name()), field.type()));
        }
        yield object;
      }
      default -> nodes.textNode(value.toString());
    };
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
