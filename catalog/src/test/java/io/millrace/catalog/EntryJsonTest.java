package io.millrace.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EntryJsonTest {

  static Stream<Entry> everyKind() {
    return Stream.of(
        new SchemaEntry("Sales"),
        Examples.stream("Web_Logs"),
        Examples.table("sales.orders"),
        Examples.view("v", "a", "sales.b"),
        Examples.query("q", "t", "a"),
        Examples.source("sales.crm", "sales.t"),
        Examples.sink("sales.lake", "t"));
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void entriesReadBackAsTheyWere(Entry entry) {
    Optional<Entry> back = EntryJson.read(EntryJson.write(entry));
    assertThat(back).contains(entry);
    // names are equal whatever their case; their text must be kept too
    assertThat(back.orElseThrow()).hasToString(entry.toString());
  }

  @Test
  void namesOfForeignTopicsKeepTheirDots() {
    View view =
        new View(
            Name.of("shop.orders"),
            "SELECT 1",
            Optional.empty(),
            "",
            Examples.CREATED,
            Set.of(new Name("a", "b.c")));
    View back = (View) EntryJson.read(EntryJson.write(view)).orElseThrow();
    assertThat(back.name().schema()).isEqualTo("public");
    assertThat(back.name().object()).isEqualTo("shop.orders");
    assertThat(back.reads()).singleElement().extracting(Name::object).isEqualTo("b.c");
  }

  /** The text is read by later versions: a change here must still read what this says. */
  @Test
  void textOfAnEntryStaysReadable() {
    String written =
        """
        {"entry":"relation","name":"sales.orders","kind":"TABLE","topic":"sales.orders",\
        "format":"avro","schema":{"columns":[\
        {"name":"id","type":"BIGINT NOT NULL","comment":"the key"},\
        {"name":"date","type":"TIMESTAMP_LTZ(3)","comment":null},\
        {"name":"more","type":"ROW<`a b` DECIMAL(10, 2), m MAP<STRING, BYTES>>","comment":null}],\
        "primaryKey":["id"]},\
        "computed":[{"name":"twice","expression":"id * 2","comment":"2x"}],\
        "metadata":[{"name":"_offset","type":"BIGINT","key":"offset"}],\
        "columnOrder":["id","date","more","twice","_offset"],\
        "watermark":{"column":"date","expression":"date - INTERVAL '5' SECOND"},\
        "eventTime":"DECLARED","comment":"an example","options":{"partitions":"4"},\
        "keySchemaId":7,"valueSchemaId":8,"filledBy":null,"foreign":false,\
        "statement":"CREATE ...","created":"2026-01-02T03:04:05.006Z"}""";
    assertThat(EntryJson.write(Examples.table("sales.orders"))).isEqualTo(written);
    assertThat(EntryJson.read(written)).contains(Examples.table("sales.orders"));
  }

  @Test
  void fieldsAndKindsOfNewerVersionsAreSkipped() {
    assertThat(EntryJson.read("{\"entry\":\"schema\",\"name\":\"x\",\"owner\":{\"a\":[1]}}"))
        .contains(new SchemaEntry("x"));
    assertThat(EntryJson.read("{\"entry\":\"alert\",\"name\":\"x\"}")).isEmpty();
  }

  @Test
  void optionalFieldsMayBeMissing() {
    String json = EntryJson.write(Examples.view("v", "a")).replace("\"comment\":null,", "");
    assertThat(EntryJson.read(json)).contains(Examples.view("v", "a"));
  }

  @Test
  void textThatIsNoEntryIsRefused() {
    assertThatThrownBy(() -> EntryJson.read("{\"entry\":\"schema\""))
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith("Cannot read the catalog's entry, which another version wrote");
    assertThatThrownBy(
            () -> EntryJson.read(EntryJson.write(Examples.stream("s")).replace("BIGINT", "BIGNT")))
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith("Cannot read the catalog's entry, which another version wrote");
  }

  @Test
  void relationsTravelToJobsWhole() throws Exception {
    Relation relation = Examples.table("sales.orders");
    assertThat(copy(relation)).isEqualTo(relation);
    assertThat(copy(relation.computed().get(0))).isEqualTo(relation.computed().get(0));
    assertThat(copy(relation.metadata().get(0))).isEqualTo(relation.metadata().get(0));
    assertThat(copy(relation.watermark().orElseThrow())).isEqualTo(relation.watermark().get());
  }

  private static Object copy(Serializable value) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return in.readObject();
    }
  }
}
