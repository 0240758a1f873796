package io.millrace.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.model.TypeParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AvroContractsTest {
  private static Column column(String name, String type) {
    return new Column(name, TypeParser.parse(type));
  }

  private static Schema contract(Column... columns) {
    return AvroContracts.valueSchema(Name.of("t"), RowSchema.of(columns), Optional.empty());
  }

  private static Schema parse(String text) {
    return new Schema.Parser().parse(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "BOOLEAN | \"boolean\"",
        "INT | \"int\"",
        "BIGINT | \"long\"",
        "FLOAT | \"float\"",
        "DOUBLE | \"double\"",
        "STRING | \"string\"",
        "BYTES | \"bytes\"",
        "DATE | {\"type\":\"int\",\"logicalType\":\"date\"}",
        "DECIMAL(12, 2) |"
            + " {\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":12,\"scale\":2}",
        "TIME(0) | {\"type\":\"int\",\"logicalType\":\"time-millis\"}",
        "TIME(6) | {\"type\":\"long\",\"logicalType\":\"time-micros\"}",
        "TIMESTAMP(3) | {\"type\":\"long\",\"logicalType\":\"local-timestamp-millis\"}",
        "TIMESTAMP(6) | {\"type\":\"long\",\"logicalType\":\"local-timestamp-micros\"}",
        "TIMESTAMP_LTZ(3) | {\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}",
        "TIMESTAMP_LTZ(4) | {\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}",
        "ARRAY<INT> | {\"type\":\"array\",\"items\":[\"null\",\"int\"]}",
        "ARRAY<INT NOT NULL> | {\"type\":\"array\",\"items\":\"int\"}",
        "MAP<STRING, DATE> |"
            + " {\"type\":\"map\",\"values\":[\"null\",{\"type\":\"int\",\"logicalType\":\"date\"}]}",
      })
  void eachTypeHasOneAvroTypeAndComesBack(String sql, String avro) {
    DataType type = TypeParser.parse(sql);
    Schema contract = contract(new Column("a", type), new Column("b", type.withNullable(false)));

    assertThat(contract.getField("b").schema()).isEqualTo(parse(avro));
    assertThat(contract.getField("b").hasDefaultValue()).isFalse();
    assertThat(contract.getField("a").schema())
        .isEqualTo(Schema.createUnion(Schema.create(Schema.Type.NULL), parse(avro)));
    assertThat(contract.getField("a").defaultVal()).isEqualTo(Schema.NULL_VALUE);
    assertThat(AvroContracts.rowSchema(parse(contract.toString()), List.of()).columns())
        .extracting(c -> c.type().toString())
        .containsExactly(type.toString(), type.withNullable(false).toString());
  }

  @Test
  void commentsAreDocsInsideRowsToo() {
    DataType address =
        new DataType.Row(
            List.of(new Column("city", DataType.STRING, Optional.of("where it goes"))), true);
    RowSchema orders =
        RowSchema.of(
            new Column("id", DataType.BIGINT, Optional.of("the number")),
            new Column("address", address));
    Schema contract =
        AvroContracts.valueSchema(new Name("sales", "orders"), orders, Optional.of("All orders"));

    assertThat(contract.getFullName()).isEqualTo("millrace.sales.orders");
    assertThat(contract.getDoc()).isEqualTo("All orders");
    assertThat(contract.getField("id").doc()).isEqualTo("the number");
    assertThat(AvroContracts.rowSchema(parse(contract.toString()), List.of())).isEqualTo(orders);
  }

  @Test
  void recordIsNamedByTheObject() {
    RowSchema schema = RowSchema.of(column("a", "INT"));
    assertThat(
            AvroContracts.valueSchema(Name.of("web_logs"), schema, Optional.empty()).getFullName())
        .isEqualTo("millrace.web_logs");
    assertThat(
            AvroContracts.valueSchema(Name.of("t$changes"), schema, Optional.empty()).getFullName())
        .isEqualTo("millrace.t_changes");
    assertThat(
            AvroContracts.valueSchema(new Name("2024-q1", "é.x"), schema, Optional.empty())
                .getFullName())
        .isEqualTo("millrace._2024_q1.__x");
  }

  @Test
  void columnNamesThatAvroForbidsAreKeptInAProperty() {
    RowSchema schema =
        RowSchema.of(
            column("unit price", "INT"),
            column("unit_price", "INT"),
            column("2nd", "INT"),
            column("größe", "ROW<`a b` INT>"));
    Schema contract = contract(schema.columns().toArray(Column[]::new));

    assertThat(contract.getFields())
        .extracting(Schema.Field::name)
        .containsExactly("unit_price", "unit_price_2", "_2nd", "gr__e");
    assertThat(contract.getField("_2nd").getProp("millrace.name")).isEqualTo("2nd");
    assertThat(AvroContracts.rowSchema(parse(contract.toString()), List.of())).isEqualTo(schema);
  }

  @Test
  void nestedRecordNamesAreUniqueAndStayWhenColumnsAreAdded() {
    List<Column> columns =
        new ArrayList<>(
            List.of(
                column("a", "ROW<b ROW<x INT>>"),
                column("a_b", "ROW<y STRING>"),
                column("list", "ARRAY<ROW<x INT>>"),
                column("map", "MAP<STRING, ROW<x INT>>")));
    Schema before = contract(columns.toArray(Column[]::new));
    columns.add(column("t_a", "ROW<z INT>"));
    columns.add(column("more", "ARRAY<ARRAY<ROW<z INT>>>"));
    Schema after = contract(columns.toArray(Column[]::new));

    // Reading the text back fails where a record is defined twice.
    assertThat(AvroContracts.rowSchema(parse(after.toString()), List.of()).columns())
        .isEqualTo(columns);
    assertThat(after.toString()).contains("\"t_a_b\"", "\"t_a_b_2\"", "\"t_list\"", "\"t_more\"");
    assertThat(SchemaCompatibility.checkReaderWriterCompatibility(after, before).getType())
        .isEqualTo(SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE);
  }

  @Test
  void keyOfOneColumnIsThePrimitiveItself() {
    RowSchema schema =
        new RowSchema(
            List.of(
                new Column("id", DataType.BIGINT, Optional.of("not part of the key")),
                column("at", "TIMESTAMP_LTZ(3)"),
                column("note", "STRING")),
            List.of("ID"));
    Schema key = AvroContracts.keySchema(schema);

    assertThat(key.toString()).isEqualTo("\"long\"");
    assertThat(AvroContracts.keyColumns(key, "id"))
        .containsExactly(new Column("id", DataType.BIGINT.withNullable(false)));
    assertThat(
            AvroContracts.valueSchema(Name.of("t"), schema, Optional.empty())
                .getField("id")
                .schema()
                .getType())
        .isEqualTo(Schema.Type.LONG);
  }

  @Test
  void keysOfEqualColumnsAreOneSchemaWhateverTheTable() {
    RowSchema first =
        new RowSchema(
            List.of(
                new Column("site", DataType.STRING, Optional.of("a comment")),
                column("day", "DATE"),
                column("n", "INT")),
            List.of("day", "site"));
    RowSchema second =
        new RowSchema(
            List.of(column("day", "DATE NOT NULL"), column("site", "STRING"), column("m", "INT")),
            List.of("day", "site"));

    assertThat(AvroContracts.keySchema(first).toString())
        .isEqualTo(AvroContracts.keySchema(second).toString())
        .isEqualTo(
            "{\"type\":\"record\",\"name\":\"Key\",\"namespace\":\"millrace\",\"fields\":["
                + "{\"name\":\"day\",\"type\":{\"type\":\"int\",\"logicalType\":\"date\"}},"
                + "{\"name\":\"site\",\"type\":\"string\"}]}");
    assertThat(AvroContracts.keyColumns(AvroContracts.keySchema(first), "unused"))
        .extracting(Column::name)
        .containsExactly("day", "site");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ARRAY<INT>", "MAP<STRING, INT>", "ROW<a INT>"})
  void nestedColumnsCannotBeKeys(String type) {
    RowSchema schema = new RowSchema(List.of(column("k", type)), List.of("k"));
    assertThatThrownBy(() -> AvroContracts.keySchema(schema))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("column k")
        .extracting(e -> ((MillraceException) e).code())
        .isEqualTo(ErrorCode.INVALID_TYPE);
  }

  @Test
  void foreignContractsAreReadAsColumns() {
    Schema foreign =
        parse(
            """
            {"type": "record", "name": "Payment", "namespace": "com.acme", "fields": [
              {"name": "id", "type": {"type": "string", "logicalType": "uuid"}},
              {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
              {"name": "hash", "type": {"type": "fixed", "name": "Md5", "size": 16}},
              {"name": "sum", "type": ["null", {"type": "fixed", "name": "Sum", "size": 8,
                  "logicalType": "decimal", "precision": 18, "scale": 4}]},
              {"name": "late", "type": ["string", "null"], "default": "x"},
              {"name": "alone", "type": ["int"]},
              {"name": "nanos", "type": {"type": "long", "logicalType": "timestamp-nanos"}},
              {"name": "from", "type": {"type": "record", "name": "Party", "fields": [
                  {"name": "name", "type": "string"}]}},
              {"name": "to", "type": ["null", "Party"]}]}
            """);

    assertThat(AvroContracts.rowSchema(foreign, List.of("ID")).columns())
        .extracting(c -> c.name() + " " + c.type())
        .containsExactly(
            "id STRING NOT NULL",
            "kind STRING NOT NULL",
            "hash BYTES NOT NULL",
            "sum DECIMAL(18, 4)",
            "late STRING",
            "alone INT NOT NULL",
            "nanos BIGINT NOT NULL",
            "from ROW<name STRING NOT NULL> NOT NULL",
            "to ROW<name STRING NOT NULL>");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[\"null\",\"int\",\"string\"] | a union of null, int, string",
        "[\"int\",\"string\"] | a union of int, string",
        "[\"null\"] | a union of null",
        "\"null\" | type null",
        "{\"type\":\"array\",\"items\":[\"int\",\"long\"]} | a union of int, long",
        "[\"null\",\"r\"] | record r contains itself",
        "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":40} | precision 40",
      })
  void whatHasNoColumnTypeIsRefusedNamingTheField(String type, String why) {
    Schema schema =
        parse(
            "{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"outer\",\"type\":{\"type\":"
                + "\"record\",\"name\":\"s\",\"fields\":[{\"name\":\"f\",\"type\":"
                + type
                + "}]}}]}");
    assertThatThrownBy(() -> AvroContracts.rowSchema(schema, List.of()))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("field outer.f")
        .hasMessageContaining(why)
        .extracting(e -> ((MillraceException) e).code())
        .isEqualTo(ErrorCode.INVALID_TYPE);
  }

  @Test
  void onlyRecordsHaveColumns() {
    assertThatThrownBy(() -> AvroContracts.rowSchema(parse("\"string\""), List.of()))
        .hasMessage("Cannot read a contract of type string as columns");
  }

  @Test
  void typesPageHasARowForEachKindOfType() {
    String page = AvroContracts.typesPage();
    for (DataType.Kind kind : DataType.Kind.values()) {
      assertThat(page).containsPattern("(?m)^\\| `" + kind + "[`(<]");
    }
    // The table tells the truth: each row's Avro names are in the contract of its SQL type.
    for (TypeRow row : AvroContracts.typesTable()) {
      String sql =
          row.sql()
              .replace("(p, s)", "(5, 2)")
              .replace("<t>", "<INT>")
              .replace(", t>", ", INT>")
              .replace("<f t, ...>", "<f INT>");
      String contract = contract(column("c", sql + " NOT NULL")).toString();
      for (String name : row.avro().split(", ")) {
        assertThat(contract).contains("\"" + name + "\"");
      }
    }
  }
}
