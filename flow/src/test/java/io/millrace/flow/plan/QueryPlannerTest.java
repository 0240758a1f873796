package io.millrace.flow.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.History;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.catalog.Relation.ComputedColumn;
import io.millrace.catalog.Relation.EventTime;
import io.millrace.catalog.Relation.Kind;
import io.millrace.catalog.Relation.MetadataColumn;
import io.millrace.catalog.SchemaEntry;
import io.millrace.catalog.View;
import io.millrace.flow.FlowSettings;
import io.millrace.flow.QueryShape;
import io.millrace.log.LogSettings;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.MillraceException.Place;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.model.TypeParser;
import io.millrace.registry.RegistrySettings;
import io.millrace.sql.WatermarkDefinition;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class QueryPlannerTest {
  private static final CatalogImage IMAGE =
      CatalogImage.empty()
          .with(
              CatalogDelta.put(
                  new SchemaEntry("shop"),
                  relation(
                      Kind.STREAM,
                      "visits",
                      List.of(),
                      "Id BIGINT",
                      "name STRING",
                      "ts TIMESTAMP(3)"),
                  relation(Kind.STREAM, "copied", List.of(), "id BIGINT", "name STRING"),
                  relation(Kind.STREAM, "plain", List.of(), "id BIGINT", "name STRING"),
                  relation(Kind.STREAM, "visits$changes", List.of(), "id BIGINT", "name STRING"),
                  relation(
                      Kind.STREAM, "shop.orders", List.of(), "id BIGINT", "total DECIMAL(10, 2)"),
                  relation(Kind.TABLE, "totals", List.of("name"), "name STRING", "n BIGINT"),
                  relation(
                      Kind.TABLE,
                      "per_window",
                      List.of("name"),
                      "name STRING",
                      "starts TIMESTAMP(3)",
                      "n BIGINT"),
                  view("loud", "SELECT Id, UPPER(name) AS name, ts FROM visits"),
                  view("shop.big", "SELECT id, total FROM shop.orders WHERE total > 100"),
                  view("louder", "SELECT * FROM loud WHERE name IS NOT NULL")));

  private final QueryPlanner planner =
      new QueryPlanner(
          FlowSettings.defaults(Path.of("unused")),
          new LogSettings("127.0.0.1:1", Map.of()),
          new RegistrySettings("http://127.0.0.1:1", Optional.empty(), Optional.empty(), Map.of()));

  private static Relation relation(
      Kind kind, String name, List<String> key, String... definitions) {
    List<Column> columns = new ArrayList<>();
    for (String definition : definitions) {
      int space = definition.indexOf(' ');
      columns.add(
          new Column(
              definition.substring(0, space), TypeParser.parse(definition.substring(space + 1))));
    }
    List<String> order = new ArrayList<>(columns.stream().map(Column::name).toList());
    boolean timed = order.contains("ts");
    if (timed) {
      order.add("name_length");
      order.add("_offset");
    }
    return new Relation(
        Name.parse(name),
        kind,
        Name.parse(name).topic(),
        "avro",
        new RowSchema(columns, key),
        timed
            ? List.of(new ComputedColumn("name_length", "CHAR_LENGTH(name)", Optional.empty()))
            : List.of(),
        timed ? List.of(new MetadataColumn("_offset", DataType.BIGINT, "offset")) : List.of(),
        order,
        timed
            ? Optional.of(new WatermarkDefinition("ts", "ts - INTERVAL '5' SECOND"))
            : Optional.empty(),
        timed ? EventTime.DECLARED : EventTime.NONE,
        Optional.empty(),
        Map.of(),
        kind == Kind.TABLE ? 1 : -1,
        2,
        Optional.empty(),
        false,
        "",
        Instant.EPOCH);
  }

  private static View view(String name, String query) {
    return new View(Name.parse(name), query, Optional.empty(), "", Instant.EPOCH, Set.of());
  }

  private QueryShape analyze(String query) {
    return planner.analyze(IMAGE, query);
  }

  private String compile(String target, String query) {
    return planner.compile(
        IMAGE,
        new Query(
            Name.of("q"),
            Name.parse(target),
            query,
            "",
            1,
            1,
            false,
            Set.of(),
            Map.of(),
            false,
            "",
            Instant.EPOCH));
  }

  private static org.assertj.core.api.ThrowableAssertAlternative<MillraceException> fails(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    return org.assertj.core.api.Assertions.assertThatExceptionOfType(MillraceException.class)
        .isThrownBy(call);
  }

  @Test
  void aRowByRowQueryIsKnownByItsShape() {
    QueryShape shape =
        analyze(
            "SELECT id, UPPER(NAME) AS loud, ts, name_length, _offset FROM Visits WHERE iD > 3");
    assertThat(shape.schema().columns())
        .extracting(Column::name, c -> c.type().toString())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("Id", "BIGINT"),
            org.assertj.core.groups.Tuple.tuple("loud", "STRING"),
            org.assertj.core.groups.Tuple.tuple("ts", "TIMESTAMP(3)"),
            org.assertj.core.groups.Tuple.tuple("name_length", "INT"),
            org.assertj.core.groups.Tuple.tuple("_offset", "BIGINT"));
    assertThat(shape.insertOnly()).isTrue();
    assertThat(shape.rowByRow()).isTrue();
    assertThat(shape.marksFlow()).isTrue();
    assertThat(shape.rowtime()).contains("ts");
    assertThat(shape.reads()).containsExactly(Name.of("visits"));
  }

  @Test
  void anUpdatingQueryTellsItsKey() {
    QueryShape shape = analyze("SELECT name, COUNT(*) AS n FROM plain GROUP BY name");
    assertThat(shape.insertOnly()).isFalse();
    assertThat(shape.rowByRow()).isFalse();
    assertThat(shape.marksFlow()).isFalse();
    assertThat(shape.schema().primaryKey()).containsExactly("name");
  }

  @Test
  void smallTypesBecomeThoseOfContracts() {
    QueryShape shape =
        analyze(
            "SELECT CAST(id AS TINYINT) AS a, CAST('x' AS CHAR(1)) AS b, 'abc' AS c FROM plain");
    assertThat(shape.schema().columns())
        .extracting(c -> c.type().bareText())
        .containsExactly("INT", "STRING", "STRING");
    fails(() -> analyze("SELECT COLLECT(id) AS ids FROM plain"))
        .satisfies(
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.INVALID_TYPE);
              assertThat(e).hasMessageContaining("ids");
            });
  }

  @Test
  void viewsAreExpandedAndTheirInputsRead() {
    QueryShape shape = analyze("SELECT id, name FROM louder");
    assertThat(shape.reads())
        .containsExactlyInAnyOrder(Name.of("louder"), Name.of("loud"), Name.of("visits"));
    assertThat(shape.rowByRow()).isTrue();
    assertThat(analyze("SELECT total FROM shop.big").reads())
        .containsExactlyInAnyOrder(Name.parse("shop.big"), Name.parse("shop.orders"));
    assertThat(analyze("SELECT v.`name` FROM `visits$changes` AS v").reads())
        .containsExactly(Name.of("visits$changes"));
  }

  @Test
  void errorsHaveTheirPlaceAndNearNames() {
    fails(() -> analyze("SELECT id,\n  nmae FROM plain"))
        .satisfies(
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.INVALID_QUERY);
              assertThat(e).hasMessage("Invalid query: no such column: nmae");
              assertThat(e.hint()).contains("Did you mean name?");
              assertThat(e.place()).contains(new Place(2, 3, 4));
            });
    fails(() -> analyze("SELECT * FROM visit"))
        .satisfies(
            e -> {
              assertThat(e).hasMessage("Invalid query: no such stream, table or view: visit");
              assertThat(e.hint()).contains("Did you mean visits?");
              assertThat(e.place()).contains(new Place(1, 15, 5));
            });
    fails(() -> analyze("SELECT id FROM plain WHERE"))
        .satisfies(
            e -> {
              assertThat(e).hasMessage("Invalid query: it ends too early");
              assertThat(e.place().orElseThrow().line()).isEqualTo(1);
            });
    fails(() -> analyze("SELECT id + name FROM plain"))
        .satisfies(
            e -> {
              assertThat(e).hasMessageStartingWith("Invalid query: cannot apply '+'");
              assertThat(e.getMessage()).doesNotContain("\n");
              assertThat(e.place()).contains(new Place(1, 8, 9));
            });
    fails(() -> analyze("SELECT SHOUT(name) AS x FROM plain"))
        .satisfies(e -> assertThat(e).hasMessageContaining("no such function"));
    fails(() -> analyze("DELETE FROM plain"))
        .satisfies(e -> assertThat(e).hasMessageContaining("only one SELECT"));
    fails(() -> analyze("SELECT id + 1 FROM plain"))
        .satisfies(
            e -> {
              assertThat(e).hasMessage("Invalid query: its column 1 has no name");
              assertThat(e.hint()).contains("Name it with AS.");
            });
    fails(() -> analyze("SELECT id FROM plain /*+ OPTIONS('a' = 'b') */"))
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_QUERY));
  }

  @Test
  void namesInAnotherCaseAreSetRightAlsoWhereTheyAreOfOneLetter() {
    assertThat(
            analyze("SELECT NAME,\n N FROM totals WHERE N = 3 AND totals.N < 4").schema().columns())
        .extracting(Column::name)
        .containsExactly("name", "n");
  }

  @Test
  void reservedWordsAskToBeQuotedWhereANameIsMeant() {
    for (String word : List.of("at", "minute", "date", "value", "order", "offset", "end", "year")) {
      for (String query :
          List.of(
              "SELECT %s FROM plain",
              "SELECT p.%s FROM plain p",
              "SELECT id AS %s FROM plain",
              "SELECT id, %s + 1 AS x FROM plain",
              "SELECT id FROM plain WHERE\n%s > 1",
              "SELECT COUNT(*) AS n FROM plain GROUP BY %s")) {
        String text = query.formatted(word);
        fails(() -> analyze(text))
            .as(text)
            .satisfies(
                e -> {
                  assertThat(e).hasMessage("Invalid query: '" + word + "' cannot stand here");
                  assertThat(e.hint()).contains("If it is a name, quote it: `" + word + "`.");
                  Place place = e.place().orElseThrow();
                  assertThat(text.split("\n")[place.line() - 1].substring(place.column() - 1))
                      .startsWith(word);
                  assertThat(place.length()).isEqualTo(word.length());
                });
      }
    }
    fails(() -> analyze("SELECT id plain WHERE id = 1"))
        .satisfies(e -> assertThat(e.hint().orElse("")).doesNotContain("quote"));
  }

  @Test
  void rowByRowPlansCarryThePartitionUnseen() {
    for (String query :
        List.of(
            "SELECT id, name FROM visits",
            "SELECT id + 1, UPPER(name) FROM visits WHERE id > 1 -- with a comment",
            "SELECT * FROM (SELECT id, name FROM loud) WHERE name <> 'SELECT'",
            "WITH w AS (SELECT * FROM visits) SELECT id, name FROM w")) {
      CompiledPlan plan = new CompiledPlan(compile("plain", query));
      assertThat(plan.preservesPartitions()).as(query).isTrue();
      assertThat(plan.isRowByRow()).as(query).isTrue();
    }
    assertThat(
            new CompiledPlan(
                    compile(
                        "plain",
                        "SELECT id, name FROM visits UNION ALL SELECT * FROM `visits$changes`"))
                .preservesPartitions())
        .isFalse();
    assertThat(
            new CompiledPlan(compile("totals", "SELECT name, id FROM plain")).preservesPartitions())
        .isFalse();
    assertThat(analyze("SELECT * FROM visits").schema().columns())
        .extracting(Column::name)
        .containsExactly("Id", "name", "ts", "name_length", "_offset");
  }

  @Test
  void rowsThatAreOnlyPassedOnAreNotCopied() {
    assertThat(compile("plain", "SELECT * FROM copied"))
        .contains("stream-exec-sink")
        .doesNotContain("stream-exec-calc");
  }

  @Test
  void windowedSummariesMayFillATable() {
    String query =
        "SELECT name, window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE visits, DESCRIPTOR(ts),"
            + " INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, name";
    CompiledPlan plan = new CompiledPlan(compile("per_window", query));
    assertThat(plan.isInsertOnly()).isTrue();
    assertThat(plan.text()).contains("DEDUPLICATE").doesNotContain("requireUpsertMaterialize");
    assertThat(plan.reads()).containsExactly(Name.of("visits"));
    assertThat(plan.target()).isEqualTo(Name.of("per_window"));
  }

  @Test
  void updatingQueriesMustFitTheKeyOfTheirTarget() {
    assertThat(compile("totals", "SELECT name, COUNT(*) FROM plain GROUP BY name")).isNotEmpty();
    fails(() -> compile("totals", "SELECT name, COUNT(*) FROM plain GROUP BY name, id"))
        .satisfies(
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.INVALID_QUERY);
              assertThat(e).hasMessageContaining("primary key (name)");
            });
    fails(() -> compile("per_window", "SELECT name, MAX(ts), id FROM visits GROUP BY name, id"))
        .satisfies(e -> assertThat(e).hasMessageContaining("known by (name, Id)"));
    fails(() -> compile("plain", "SELECT COUNT(*) AS n, name FROM plain GROUP BY name"))
        .satisfies(
            e -> {
              assertThat(e).hasMessageContaining("Cannot insert into stream plain");
              assertThat(e.hint().orElseThrow()).contains("PRIMARY KEY (name)");
            });
    fails(() -> compile("totals", "SELECT name FROM plain"))
        .satisfies(e -> assertThat(e).hasMessageContaining("1 column"));
    fails(() -> compile("totals", "SELECT name, TRUE FROM plain"))
        .satisfies(
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.INVALID_QUERY);
              assertThat(e).hasMessage("Invalid query: its column 2 does not fit column n");
            });
  }

  /** FLINK-40324: such a plan would count each id that was ever the first of its name. */
  @Test
  void firstRowByAnAscendingOrderIsTakenOnlyWhereItIsReplacedByKey() {
    String first =
        "SELECT %s FROM (SELECT name, id, ROW_NUMBER() OVER (PARTITION BY name ORDER BY %s) AS n"
            + " FROM plain) WHERE n = 1";
    assertThat(compile("totals", String.format(first, "name, id", "id"))).isNotEmpty();
    fails(() -> compile("totals", String.format(first, "name, COUNT(*)", "id") + " GROUP BY name"))
        .satisfies(
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.INVALID_QUERY);
              assertThat(e).hasMessageContaining("FLINK-40324");
              assertThat(e.hint().orElseThrow()).contains("descending");
            });
    fails(() -> compile("plain", String.format(first, "id, name", "id")))
        .satisfies(e -> assertThat(e).hasMessageContaining("FLINK-40324"));
    fails(() -> compile("totals", String.format(first, "'all', SUM(id)", "id DESC, name")))
        .satisfies(e -> assertThat(e).hasMessageContaining("FLINK-40324"));
    assertThat(
            compile(
                "totals", String.format(first, "name, COUNT(*)", "-id DESC") + " GROUP BY name"))
        .isNotEmpty();
  }

  /** FLINK-38579, FLINK-40681: such joins would not know what an update takes back. */
  @Test
  void joinsThatMustTakeBackAreToldOfRowsBeforeTheirUpdate() {
    String join =
        "SELECT a.name, a.n + COALESCE(b.s, 0) FROM (SELECT name, COUNT(*) AS n FROM plain GROUP BY name) a %s JOIN"
            + " (SELECT name, SUM(id) AS s FROM plain GROUP BY name) b ON a.name = b.name";
    assertThat(compile("totals", String.format(join, ""))).doesNotContain("UPDATE_BEFORE");
    assertThat(compile("totals", String.format(join, "") + " AND a.n < b.s"))
        .contains("UPDATE_BEFORE");
    assertThat(compile("totals", String.format(join, "LEFT"))).contains("UPDATE_BEFORE");
  }

  @Test
  void aPlanIsExplainedInWords() {
    assertThat(planner.explain(IMAGE, "SELECT name, COUNT(*) AS n FROM plain GROUP BY name"))
        .startsWith("== Optimized Physical Plan ==")
        .contains("GroupAggregate");
    assertThatThrownBy(() -> planner.explain(IMAGE, "SELECT x FROM plain"))
        .asInstanceOf(type(MillraceException.class))
        .extracting(MillraceException::code)
        .isEqualTo(ErrorCode.INVALID_QUERY);
  }

  /** {@code people} keeps its history, {@code clicks} have a time with a zone. */
  private static CatalogImage withPeople() {
    Relation people =
        relation(Kind.TABLE, "people", List.of("id"), "id BIGINT", "name STRING")
            .withOptions(Map.of(History.OPTION, History.SCD2));
    Relation clicks =
        relation(Kind.STREAM, "clicks", List.of(), "who BIGINT", "seen TIMESTAMP_LTZ(3)");
    return IMAGE.with(
        CatalogDelta.put(
            people,
            new Relation(
                History.versions(people.name()),
                Kind.TABLE,
                "people.history",
                "avro",
                History.versions(people.schema()),
                List.of(),
                List.of(),
                History.versions(people.schema()).columns().stream().map(Column::name).toList(),
                Optional.empty(),
                EventTime.NONE,
                Optional.empty(),
                Map.of(),
                1,
                2,
                Optional.of(people.name()),
                false,
                "",
                Instant.EPOCH),
            new Relation(
                clicks.name(),
                Kind.STREAM,
                "clicks",
                "avro",
                clicks.schema(),
                List.of(),
                List.of(),
                clicks.columnOrder(),
                Optional.of(new WatermarkDefinition("seen", "seen")),
                EventTime.DECLARED,
                Optional.empty(),
                Map.of(),
                -1,
                2,
                Optional.empty(),
                false,
                "",
                Instant.EPOCH),
            view(
                "named",
                "SELECT c.who, p.name FROM clicks c JOIN people FOR SYSTEM_TIME AS OF c.seen AS p"
                    + " ON c.who = p.id")));
  }

  @Test
  void joinAsOfAnEventsTimeOnlyGrowsAndReadsTheVersions() {
    CatalogImage image = withPeople();
    for (String query :
        List.of(
            "SELECT c.who, c.seen, p.name, p.history_id FROM clicks c"
                + " JOIN people FOR SYSTEM_TIME AS OF c.seen AS p ON c.who = p.id",
            "SELECT v.id, p.name FROM visits AS v LEFT JOIN `public`.people"
                + " FOR SYSTEM_TIME AS OF v.ts p ON v.id = p.id OR p.id = v.Id WHERE v.Id > 1",
            "SELECT clicks.who, people.name FROM clicks"
                + " JOIN people FOR SYSTEM_TIME AS OF seen ON clicks.who = people.id",
            "SELECT who, name FROM named")) {
      QueryShape shape = planner.analyze(image, query);
      assertThat(shape.insertOnly()).as(query).isTrue();
      assertThat(shape.reads()).as(query).contains(Name.of("people$history"));
      assertThat(shape.marksFlow()).as(query).isTrue();
    }
  }

  private MillraceException refused(String query) {
    return (MillraceException) catchThrowable(() -> planner.analyze(withPeople(), query));
  }

  @Test
  void joinAsOfATimeSaysWhatIsWrongWithIt() {
    String join = " FROM clicks c JOIN people FOR SYSTEM_TIME AS OF c.seen AS p ON ";
    String unknown = "SELECT c.who" + join + "c.who = p.id WHERE c.nothing = 1";
    MillraceException noColumn = refused(unknown);
    assertThat(noColumn).hasMessageContaining("no such column: c.nothing");
    assertThat(noColumn.place())
        .as("in the text as written")
        .contains(new Place(1, unknown.indexOf("nothing") + 1, 7));
    for (String condition : List.of("c.who > p.id", "CHAR_LENGTH(p.name) = c.who")) {
      assertThat(refused("SELECT c.who, p.name" + join + condition))
          .hasMessageContaining("a join as of a time needs the table's primary key");
    }
    assertThat(
            refused(
                "SELECT v.id FROM visits v JOIN totals FOR SYSTEM_TIME AS OF v.ts AS t"
                    + " ON v.name = t.name"))
        .hasMessageContaining("a table that keeps no history");
    assertThat(
            refused(
                "SELECT v.id, p.name FROM (SELECT id, CAST(ts AS TIMESTAMP(3)) AS t FROM visits) v"
                    + " JOIN people FOR SYSTEM_TIME AS OF v.t AS p ON v.id = p.id"))
        .hasMessageContaining("a column that is no event time");
  }

  private static Set<String> columnsRead(String plan, String table) {
    return new StoredPlan(plan).columnsRead(Name.parse(table));
  }

  @Test
  void aPlanTellsWhichColumnsItReads() {
    assertThat(columnsRead(compile("plain", "SELECT id, name FROM loud"), "visits"))
        .contains("id", "name");
    assertThat(columnsRead(compile("plain", "SELECT _offset, 'x' FROM visits"), "visits"))
        .doesNotContain("id", "name");
    assertThat(
            columnsRead(
                compile("plain", "SELECT id, CAST(name_length AS STRING) FROM visits"), "visits"))
        .contains("id", "name");
    assertThat(columnsRead(compile("plain", "SELECT id, 'x' FROM shop.orders"), "shop.orders"))
        .containsExactly("id");
    assertThat(columnsRead(compile("plain", "SELECT id, 'x' FROM shop.orders"), "plain")).isEmpty();
    assertThat(
            columnsRead(
                compile(
                    "plain",
                    "SELECT v.id, CAST(p.starts AS STRING) FROM (SELECT id, name, PROCTIME() AS"
                        + " now FROM plain) v JOIN per_window FOR SYSTEM_TIME AS OF v.now AS p ON"
                        + " p.name = v.name"),
                "per_window"))
        .contains("name", "starts");
  }
}
