package io.millrace.catalog;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.sql.WatermarkDefinition;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Entries to try things with. */
final class Examples {
  static final Instant CREATED = Instant.parse("2026-01-02T03:04:05.006Z");

  private Examples() {}

  static Relation stream(String name) {
    return relation(Name.parse(name), Relation.Kind.STREAM);
  }

  static Relation table(String name) {
    return relation(Name.parse(name), Relation.Kind.TABLE);
  }

  private static Relation relation(Name name, Relation.Kind kind) {
    return new Relation(
        name,
        kind,
        name.topic(),
        "avro",
        new RowSchema(
            List.of(
                new Column("id", DataType.BIGINT.withNullable(false), Optional.of("the key")),
                new Column("date", DataType.timestampLtz(3)),
                new Column(
                    "more",
                    new DataType.Row(
                        List.of(
                            new Column("a b", DataType.decimal(10, 2)),
                            new Column("m", new DataType.Map(DataType.BYTES, true))),
                        true))),
            kind == Relation.Kind.TABLE ? List.of("id") : List.of()),
        List.of(new Relation.ComputedColumn("twice", "id * 2", Optional.of("2x"))),
        List.of(new Relation.MetadataColumn("_offset", DataType.BIGINT, "offset")),
        List.of("id", "date", "more", "twice", "_offset"),
        Optional.of(new WatermarkDefinition("date", "date - INTERVAL '5' SECOND")),
        Relation.EventTime.DECLARED,
        Optional.of("an example"),
        Map.of("partitions", "4"),
        kind == Relation.Kind.TABLE ? 7 : -1,
        8,
        Optional.empty(),
        false,
        "CREATE ...",
        CREATED);
  }

  static View view(String name, String... reads) {
    return new View(
        Name.parse(name), "SELECT 1", Optional.empty(), "CREATE VIEW ...", CREATED, names(reads));
  }

  static Query query(String name, String target, String... reads) {
    return new Query(
        Name.parse(name),
        Name.parse(target),
        "SELECT 1",
        "{\"nodes\":[]}",
        1,
        3,
        true,
        names(reads),
        Map.of("delivery", "exactly-once"),
        true,
        "CREATE QUERY ...",
        CREATED);
  }

  static SinkEntry sink(String name, String from) {
    return new SinkEntry(
        Name.parse(name),
        Name.parse(from),
        "parquet",
        Map.of("path", "${env:LAKE}/x"),
        4,
        false,
        "CREATE SINK ...",
        CREATED);
  }

  static SourceEntry source(String name, String into) {
    return new SourceEntry(
        Name.parse(name),
        "postgres",
        Map.of("public.t", Name.parse(into)),
        Map.of("password", "${env:PASSWORD}"),
        true,
        "CREATE SOURCE ...",
        CREATED);
  }

  private static Set<Name> names(String... names) {
    return Set.copyOf(List.of(names).stream().map(Name::parse).toList());
  }
}
