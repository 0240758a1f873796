package io.millrace.registry.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.MillraceException;
import io.millrace.registry.Compatibility;
import io.millrace.registry.server.RegistryChange.DeleteSubject;
import io.millrace.registry.server.RegistryChange.HighestId;
import io.millrace.registry.server.RegistryChange.PutConfig;
import io.millrace.registry.server.RegistryChange.PutSchema;
import io.millrace.registry.server.RegistryChange.RemoveConfig;
import io.millrace.registry.server.RegistryChange.RemoveSchema;
import io.millrace.registry.server.RegistryImage.Deleted;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SchemaRecordsTest {
  private final SchemaRecords records = new SchemaRecords();

  private static StoredSchema schema(String subject, int version, int id) {
    return new StoredSchema(subject, version, id, "AVRO", "\"int\"", List.of(), false, Map.of());
  }

  private static byte[] bytes(String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  private Optional<RegistryChange> decode(String key, String value) {
    return records.decode(bytes(key), bytes(value), 0);
  }

  /** The record's key and value, after checking that it reads back as what was written. */
  private String written(RegistryChange change) {
    SchemaRecords.Encoded record = records.encode(change);
    assertThat(records.decode(record.key(), record.value(), 0)).contains(change);
    return new String(record.key(), StandardCharsets.UTF_8)
        + " "
        + (record.value() == null ? null : new String(record.value(), StandardCharsets.UTF_8));
  }

  @Test
  void recordsAreConfluentsOwn() {
    assertThat(written(new PutSchema(schema("t-value", 1, 7))))
        .isEqualTo(
            "{\"keytype\":\"SCHEMA\",\"subject\":\"t-value\",\"version\":1,\"magic\":1}"
                + " {\"subject\":\"t-value\",\"version\":1,\"id\":7,\"schema\":\"\\\"int\\\"\","
                + "\"deleted\":false}");
    assertThat(
            written(
                new PutSchema(
                    new StoredSchema(
                        "s",
                        2,
                        8,
                        "AVRO",
                        "\"x.A\"",
                        List.of(new SchemaReference("x.A", "a", 3)),
                        true,
                        Map.of()))))
        .endsWith(
            "\"id\":8,\"references\":[{\"name\":\"x.A\",\"subject\":\"a\",\"version\":3}],"
                + "\"schema\":\"\\\"x.A\\\"\",\"deleted\":true}");
    assertThat(written(new RemoveSchema("s", 2)))
        .isEqualTo("{\"keytype\":\"SCHEMA\",\"subject\":\"s\",\"version\":2,\"magic\":1} null");
    assertThat(written(new DeleteSubject("s", 2)))
        .isEqualTo(
            "{\"keytype\":\"DELETE_SUBJECT\",\"subject\":\"s\",\"magic\":0}"
                + " {\"subject\":\"s\",\"version\":2}");
    SubjectConfig full =
        new SubjectConfig(Optional.of(Compatibility.FULL), Optional.empty(), Map.of());
    assertThat(written(new PutConfig(Optional.of("s"), full)))
        .isEqualTo(
            "{\"keytype\":\"CONFIG\",\"subject\":\"s\",\"magic\":0}"
                + " {\"subject\":\"s\",\"compatibilityLevel\":\"FULL\"}");
    assertThat(written(new PutConfig(Optional.empty(), full)))
        .isEqualTo("{\"keytype\":\"CONFIG\",\"magic\":0} {\"compatibilityLevel\":\"FULL\"}");
    assertThat(written(new RemoveConfig(Optional.of("s"))))
        .isEqualTo("{\"keytype\":\"CONFIG\",\"subject\":\"s\",\"magic\":0} null");
    assertThat(written(new HighestId(12)))
        .isEqualTo("{\"keytype\":\"NOOP\",\"magic\":0} {\"highestId\":12}");
  }

  @Test
  void recordsOfARealRegistryAreRead() {
    // Old releases write magic 0, no deleted flag and a null subject in the key of the global
    // level.
    assertThat(
            decode(
                "{\"magic\":0,\"keytype\":\"SCHEMA\",\"subject\":\"s\",\"version\":1}",
                "{\"subject\":\"s\",\"version\":1,\"id\":5,\"schema\":\"\\\"int\\\"\"}"))
        .contains(new PutSchema(schema("s", 1, 5)));
    assertThat(
            decode(
                "{\"keytype\":\"CONFIG\",\"subject\":null,\"magic\":0}",
                "{\"compatibilityLevel\":\"none\"}"))
        .contains(
            new PutConfig(
                Optional.empty(),
                new SubjectConfig(Optional.of(Compatibility.NONE), Optional.empty(), Map.of())));
    assertThat(decode("{\"keytype\":\"NOOP\",\"magic\":0}", null)).isEmpty();
    assertThat(
            decode(
                "{\"keytype\":\"MODE\",\"subject\":null,\"magic\":0}", "{\"mode\":\"READONLY\"}"))
        .isEmpty();
    assertThat(
            decode(
                "{\"keytype\":\"SCHEMA\",\"subject\":\":.other:s\",\"version\":1,\"magic\":1}",
                "{\"subject\":\":.other:s\",\"version\":1,\"id\":1,\"schema\":\"\\\"int\\\"\"}"))
        .isEmpty();
  }

  @Test
  void whatThisRegistryDoesNotUseIsWrittenBack() {
    PutSchema read =
        (PutSchema)
            decode(
                    "{\"keytype\":\"SCHEMA\",\"subject\":\"s\",\"version\":1,\"magic\":1}",
                    "{\"subject\":\"s\",\"version\":1,\"id\":1,\"schemaType\":\"PROTOBUF\","
                        + "\"metadata\":{\"tags\":{\"a\":[\"PII\"]}},\"schema\":\"syntax\","
                        + "\"deleted\":false,\"offset\":9,\"ts\":8}")
                .orElseThrow();
    assertThat(written(new PutSchema(read.schema().markDeleted())))
        .contains(
            "\"schemaType\":\"PROTOBUF\"",
            "\"metadata\":{\"tags\":{\"a\":[\"PII\"]}}",
            "\"deleted\":true")
        .doesNotContain("offset", "ts\":8");
  }

  @Test
  void recordThatIsNoJsonStopsTheRegistry() {
    assertThatThrownBy(() -> records.decode(bytes("garbage"), null, 41))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("record 41 of topic _schemas");
  }

  @Test
  void foldKeepsIdsOfDeletedSchemasAndNeverGivesOneTwice() {
    RegistryImage image =
        RegistryImage.EMPTY.with(
            List.of(
                new PutSchema(schema("s", 1, 1)),
                new PutSchema(schema("other", 1, 4)),
                new DeleteSubject("s", 1)));
    assertThat(image.subjects(Deleted.LEFT_OUT)).containsExactly("other");
    assertThat(image.subjects(Deleted.ONLY)).containsExactly("s");
    assertThat(image.byId(1)).isPresent();

    RegistryImage removed =
        image.with(List.of(new RemoveSchema("s", 1), new RemoveSchema("other", 1)));
    assertThat(removed.all()).isEmpty();
    assertThat(removed.byId(4)).isEmpty();
    assertThat(removed.highestId()).isEqualTo(4);
    // After compaction only the note is left of the removed schemas.
    assertThat(RegistryImage.EMPTY.with(List.of(new HighestId(4))).highestId()).isEqualTo(4);
    // The image before is as it was.
    assertThat(image.byId(4)).isPresent();
  }
}
