package io.millrace.registry.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.MillraceException;
import io.millrace.registry.Compatibility;
import io.millrace.registry.server.RegistryChange.ClearSubjects;
import io.millrace.registry.server.RegistryChange.DeleteSubject;
import io.millrace.registry.server.RegistryChange.HighestIds;
import io.millrace.registry.server.RegistryChange.PutConfig;
import io.millrace.registry.server.RegistryChange.PutContext;
import io.millrace.registry.server.RegistryChange.PutMode;
import io.millrace.registry.server.RegistryChange.PutSchema;
import io.millrace.registry.server.RegistryChange.RemoveConfig;
import io.millrace.registry.server.RegistryChange.RemoveContext;
import io.millrace.registry.server.RegistryChange.RemoveMode;
import io.millrace.registry.server.RegistryChange.RemoveSchema;
import io.millrace.registry.server.RegistryImage.Deleted;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SchemaRecordsTest {
  private static final SubjectName S = SubjectName.of("s");

  private final SchemaRecords records = new SchemaRecords();

  private static StoredSchema schema(String subject, int version, int id) {
    return new StoredSchema(
        SubjectName.of(subject), version, id, content("\"int\"", List.of()), false, Map.of());
  }

  private static SchemaContent content(String text, List<SchemaReference> references) {
    return new SchemaContent("AVRO", text, references, Optional.empty(), Optional.empty());
  }

  private static SubjectConfig level(Compatibility level) {
    return new SubjectConfig(
        Optional.of(level),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Map.of());
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
                        S,
                        2,
                        8,
                        content("\"x.A\"", List.of(new SchemaReference("x.A", "a", 3))),
                        true,
                        Map.of()))))
        .endsWith(
            "\"id\":8,\"references\":[{\"name\":\"x.A\",\"subject\":\"a\",\"version\":3}],"
                + "\"schema\":\"\\\"x.A\\\"\",\"deleted\":true}");
    assertThat(written(new RemoveSchema(S, 2)))
        .isEqualTo("{\"keytype\":\"SCHEMA\",\"subject\":\"s\",\"version\":2,\"magic\":1} null");
    assertThat(written(new DeleteSubject(S, 2)))
        .isEqualTo(
            "{\"keytype\":\"DELETE_SUBJECT\",\"subject\":\"s\",\"magic\":0}"
                + " {\"subject\":\"s\",\"version\":2}");
    SubjectConfig full = level(Compatibility.FULL);
    assertThat(written(new PutConfig(S, full)))
        .isEqualTo(
            "{\"keytype\":\"CONFIG\",\"subject\":\"s\",\"magic\":0}"
                + " {\"subject\":\"s\",\"compatibilityLevel\":\"FULL\"}");
    assertThat(written(new PutConfig(SubjectName.DEFAULT_CONTEXT, full)))
        .isEqualTo("{\"keytype\":\"CONFIG\",\"magic\":0} {\"compatibilityLevel\":\"FULL\"}");
    assertThat(written(new RemoveConfig(S)))
        .isEqualTo("{\"keytype\":\"CONFIG\",\"subject\":\"s\",\"magic\":0} null");
    assertThat(written(new HighestIds(Map.of(".", 12, ".ctx", 3))))
        .isEqualTo("{\"keytype\":\"NOOP\",\"magic\":0} {\"highestIds\":{\".\":12,\".ctx\":3}}");
    SubjectName context = SubjectName.of(":.ctx:");
    assertThat(written(new PutMode(SubjectName.of(":.ctx:s"), Mode.IMPORT)))
        .isEqualTo(
            "{\"keytype\":\"MODE\",\"subject\":\":.ctx:s\",\"magic\":0}"
                + " {\"subject\":\":.ctx:s\",\"mode\":\"IMPORT\"}");
    assertThat(written(new PutMode(SubjectName.DEFAULT_CONTEXT, Mode.READONLY)))
        .isEqualTo("{\"keytype\":\"MODE\",\"magic\":0} {\"mode\":\"READONLY\"}");
    assertThat(written(new RemoveMode(context)))
        .isEqualTo("{\"keytype\":\"MODE\",\"subject\":\":.ctx:\",\"magic\":0} null");
    assertThat(written(new PutContext(".ctx")))
        .isEqualTo(
            "{\"keytype\":\"CONTEXT\",\"tenant\":\"default\",\"context\":\".ctx\",\"magic\":0}"
                + " {\"tenant\":\"default\",\"context\":\".ctx\"}");
    assertThat(written(new RemoveContext(".ctx")))
        .endsWith("\"context\":\".ctx\",\"magic\":0} null");
    assertThat(written(new ClearSubjects(context)))
        .isEqualTo(
            "{\"keytype\":\"CLEAR_SUBJECT\",\"subject\":\":.ctx:\",\"magic\":0}"
                + " {\"subject\":\":.ctx:\"}");
    assertThat(written(new PutSchema(schema(":.ctx:s", 1, 1))))
        .startsWith(
            "{\"keytype\":\"SCHEMA\",\"subject\":\":.ctx:s\",\"version\":1,\"magic\":1}"
                + " {\"subject\":\":.ctx:s\",\"version\":1,\"id\":1,");
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
        .contains(new PutConfig(SubjectName.DEFAULT_CONTEXT, level(Compatibility.NONE)));
    assertThat(decode("{\"keytype\":\"NOOP\",\"magic\":0}", null)).isEmpty();
    assertThat(
            decode(
                "{\"keytype\":\"MODE\",\"subject\":null,\"magic\":0}", "{\"mode\":\"READONLY\"}"))
        .contains(new PutMode(SubjectName.DEFAULT_CONTEXT, Mode.READONLY));
    assertThat(decode("{\"keytype\":\"ASSOC\",\"magic\":0}", "{\"x\":1}")).isEmpty();
  }

  @Test
  void whatThisRegistryDoesNotUseIsWrittenBack() {
    PutSchema read =
        (PutSchema)
            decode(
                    "{\"keytype\":\"SCHEMA\",\"subject\":\"s\",\"version\":1,\"magic\":1}",
                    "{\"subject\":\"s\",\"version\":1,\"id\":1,\"schemaType\":\"PROTOBUF\","
                        + "\"metadata\":{\"tags\":{\"a\":[\"PII\"]}},\"md5\":\"x\",\"schema\":\"syntax\","
                        + "\"deleted\":false,\"offset\":9,\"ts\":8}")
                .orElseThrow();
    assertThat(written(new PutSchema(read.schema().markDeleted())))
        .contains(
            "\"schemaType\":\"PROTOBUF\"",
            "\"metadata\":{\"tags\":{\"a\":[\"PII\"]}}",
            "\"md5\":\"x\"",
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
                new DeleteSubject(S, 1)));
    assertThat(image.subjects(Deleted.LEFT_OUT)).containsExactly(SubjectName.of("other"));
    assertThat(image.subjects(Deleted.ONLY)).containsExactly(S);
    assertThat(image.byId(1, S)).isPresent();

    RegistryImage removed =
        image.with(List.of(new RemoveSchema(S, 1), new RemoveSchema(SubjectName.of("other"), 1)));
    assertThat(removed.all()).isEmpty();
    assertThat(removed.byId(4, S)).isEmpty();
    assertThat(removed.highestId(".")).isEqualTo(4);
    // After compaction only the note is left of the removed schemas.
    assertThat(RegistryImage.EMPTY.with(List.of(new HighestIds(Map.of(".", 4)))).highestId("."))
        .isEqualTo(4);
    // The image before is as it was.
    assertThat(image.byId(4, SubjectName.of("other"))).isPresent();
  }
}
