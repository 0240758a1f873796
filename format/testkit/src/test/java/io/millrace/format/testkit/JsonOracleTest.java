package io.millrace.format.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.ObjectWriter;
import io.millrace.format.Utf8;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import io.millrace.model.TypeParser;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Jackson is the truth; a failure names the seed that repeats it. */
class JsonOracleTest {
  private final Formats formats = new Formats(id -> null);

  private final ObjectMapper mapper =
      new ObjectMapper()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .setNodeFactory(JsonNodeFactory.withExactBigDecimals(true));

  private final ObjectMapper escaping =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private Object[] decode(RowSchema schema, byte[] json) throws DecodeException {
    List<Object[]> rows = new ArrayList<>();
    formats
        .decoder("json", Map.of(), schema, IntStream.range(0, schema.size()).toArray())
        .decode(json, 0, json.length, new ObjectWriter(schema, rows::add));
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
      assertThat(
              RandomRows.comparable(
                  decode(
                      schema, mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(theirs))))
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
      node.properties().forEach(e -> entries.add(List.of(e.getKey(), values(e.getValue()))));
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

  private static final RowSchema EVERYTHING =
      RowSchema.of(
          new Column("text", DataType.STRING),
          new Column("number", DataType.DOUBLE),
          new Column("decimal", DataType.decimal(38, 10)),
          new Column("long", DataType.BIGINT),
          new Column("flag", DataType.BOOLEAN),
          new Column("list", TypeParser.parse("ARRAY<STRING>")),
          new Column("map", TypeParser.parse("MAP<STRING, DOUBLE>")),
          new Column("row", TypeParser.parse("ROW<text STRING, number DOUBLE>")));

  /**
   * Texts are Jackson's, then changed; whatever Jackson refuses must be refused, and else agreed.
   */
  @Test
  void whatJacksonRefusesIsRefusedAndWhatBothReadIsTheSame() throws Exception {
    int bothRead = 0;
    int bothRefused = 0;
    for (long seed = 0; seed < 30_000; seed++) {
      RandomRows rows = new RandomRows(seed);
      Random random = rows.random();
      Mutations mutations = new Mutations(random);
      byte[] good = json(rows, random.nextBoolean());
      mutations.mutate(good, json(rows, false));
      byte[] bytes = Arrays.copyOf(mutations.bytes(), mutations.length());
      String about = "seed " + seed + ": " + new String(bytes, StandardCharsets.UTF_8);
      Object[] ours = null;
      DecodeException refusal = null;
      try {
        ours = decode(EVERYTHING, bytes);
      } catch (DecodeException e) {
        refusal = e;
      }
      JsonNode theirs;
      try {
        theirs = read(bytes);
      } catch (NumberFormatException e) {
        continue; // an exponent that only a tree of Jackson's must give up on
      }
      if (theirs == null || !theirs.isObject()) {
        assertThat(refusal).as(about).isNotNull();
        bothRefused++;
      } else if (ours != null) {
        for (int i = 0; i < ours.length; i++) {
          Column column = EVERYTHING.column(i);
          requireSame(column.type(), ours[i], member(theirs, column.name()), about);
        }
        bothRead++;
      } else {
        // Jackson has no types, half pairs of surrogates and any depth: but never for broken JSON.
        assertThat(refusal.getMessage()).as(about).doesNotContain("not JSON");
      }
    }
    assertThat(bothRead).isGreaterThan(2_000);
    assertThat(bothRefused).isGreaterThan(5_000);
  }

  /** Names of columns compare without case where the exact name is not there. */
  private static JsonNode member(JsonNode object, String name) {
    if (object.has(name)) {
      return object.get(name);
    }
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      if (entry.getKey().equalsIgnoreCase(name)) {
        return entry.getValue();
      }
    }
    return JsonNodeFactory.instance.nullNode();
  }

  private JsonNode read(byte[] bytes) throws IOException {
    if (Utf8.firstInvalid(bytes, 0, bytes.length) >= 0) {
      return null; // Jackson lets some of what is no UTF-8 pass
    }
    try {
      return mapper.readTree(bytes);
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  private byte[] json(RandomRows rows, boolean pretty) throws IOException {
    Random random = rows.random();
    ObjectNode node = mapper.createObjectNode();
    node.put("text", rows.text());
    node.put("number", random.nextGaussian() * Math.pow(10, random.nextInt(40) - 20));
    node.put("decimal", new BigDecimal(random.nextLong()).movePointLeft(random.nextInt(12)));
    node.put("long", random.nextLong() >> random.nextInt(64));
    node.put("flag", random.nextBoolean());
    ArrayNode list = node.putArray("list");
    for (int i = random.nextInt(3); i > 0; i--) {
      list.add(rows.text());
    }
    ObjectNode map = node.putObject("map");
    for (int i = random.nextInt(3); i > 0; i--) {
      map.put(rows.text() + i, random.nextDouble());
    }
    node.putObject("row").put("text", rows.text()).put("number", random.nextInt());
    node.putObject("unknown").putArray("text").add(rows.text()).addObject().put("a", 1);
    ObjectMapper writer = random.nextBoolean() ? mapper : escaping;
    return pretty
        ? writer.writerWithDefaultPrettyPrinter().writeValueAsBytes(node)
        : writer.writeValueAsBytes(node);
  }

  private static void requireSame(DataType type, Object ours, JsonNode theirs, String about) {
    if (ours == null) {
      assertThat(theirs.isNull()).as(about).isTrue();
      return;
    }
    switch (type.kind()) {
      case STRING -> {
        if (theirs.isTextual() || theirs.isBoolean()) {
          assertThat(ours).as(about).isEqualTo(theirs.asText());
        } else {
          assertThat(new BigDecimal((String) ours)).as(about).isEqualTo(theirs.decimalValue());
        }
      }
      case DOUBLE -> assertThat(ours).as(about).isEqualTo(Double.parseDouble(theirs.asText()));
      case DECIMAL ->
          assertThat((BigDecimal) ours)
              .as(about)
              .isEqualByComparingTo(new BigDecimal(theirs.asText()));
      case BIGINT -> assertThat(ours).as(about).isEqualTo(Long.parseLong(theirs.asText()));
      case BOOLEAN ->
          assertThat(ours.toString().charAt(0))
              .as(about)
              .isEqualTo(
                  theirs.asText().toLowerCase().replace('1', 't').replace('0', 'f').charAt(0));
      case ARRAY -> {
        List<?> list = (List<?>) ours;
        assertThat(theirs.size()).as(about).isEqualTo(list.size());
        for (int i = 0; i < list.size(); i++) {
          requireSame(DataType.STRING, list.get(i), theirs.get(i), about);
        }
      }
      case MAP -> {
        Map<String, Object> map = new LinkedHashMap<>();
        theirs.properties().forEach(entry -> map.put(entry.getKey(), entry.getValue()));
        assertThat(((Map<?, ?>) ours).keySet()).as(about).isEqualTo(map.keySet());
        ((Map<?, ?>) ours)
            .forEach(
                (key, value) ->
                    requireSame(DataType.DOUBLE, value, (JsonNode) map.get(key), about));
      }
      case ROW -> {
        for (Column field : ((DataType.Row) type).fields()) {
          Object value = ((Map<?, ?>) ours).get(field.name());
          requireSame(field.type(), value, member(theirs, field.name()), about);
        }
      }
      default -> throw new IllegalArgumentException(type.toString());
    }
  }

  @Test
  void nestingIsReadAsDeepAsItIsAllowedAndRefusedBeyond() throws Exception {
    RowSchema schema = RowSchema.of(new Column("a", DataType.INT));
    for (int depth : new int[] {1, 100, 127, 128, 1_000, 100_000}) {
      String json = "{\"x\":" + "[".repeat(depth) + "]".repeat(depth) + ",\"a\":1}";
      byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
      if (depth < 128) {
        assertThat(decode(schema, bytes)).containsExactly(1);
      } else {
        assertThatThrownBy(() -> decode(schema, bytes))
            .isInstanceOf(DecodeException.class)
            .hasMessageContaining("nesting depth");
      }
    }
  }
}
