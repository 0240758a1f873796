package io.millrace.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class CatalogImageTest {
  private static final Query OWN = Examples.query("summary", "summary", "slow");

  /** logs - slow (view) - slowest (view); summary, a derived table, reads slow; lake takes it. */
  private static final CatalogImage IMAGE =
      CatalogImage.empty()
          .with(
              CatalogDelta.put(
                  new SchemaEntry("sales"),
                  Examples.stream("logs"),
                  Examples.stream("all_logs"),
                  Examples.table("sales.sites"),
                  Examples.table("summary"),
                  Examples.view("slow", "logs"),
                  Examples.view("slowest", "slow"),
                  OWN,
                  Examples.query("copy", "all_logs", "logs", "sales.sites"),
                  Examples.sink("lake", "summary")));

  @Test
  void namesAreFoundWhateverTheirCase() {
    assertThat(IMAGE.relation(Name.of("LOGS"))).contains(Examples.stream("logs"));
    assertThat(IMAGE.relation(new Name("SALES", "Sites"))).isPresent();
    assertThat(IMAGE.relation(Name.of("sites"))).isEmpty();
    assertThat(IMAGE.schemas()).containsExactly("public", "sales");
    assertThat(IMAGE.hasSchema("Sales")).isTrue();
    assertThat(IMAGE.with(CatalogDelta.put(Examples.stream("Logs"))).relations())
        .hasSameSizeAs(IMAGE.relations());
  }

  @Test
  void imagesNeverChange() {
    CatalogImage after =
        IMAGE.with(
            new CatalogDelta(
                List.of(Examples.stream("new")),
                List.of(new EntryKey(EntryKind.RELATION, Name.of("logs")), OWN.key())));
    assertThat(after.relation(Name.of("logs"))).isEmpty();
    assertThat(after.query(Name.of("summary"))).isEmpty();
    assertThat(after.relation(Name.of("new"))).isPresent();
    assertThat(IMAGE.relation(Name.of("logs"))).isPresent();
    assertThat(IMAGE.query(Name.of("summary"))).isPresent();
    assertThat(IMAGE.relation(Name.of("new"))).isEmpty();
  }

  @Test
  void aPutInADeltaWinsOverItsDelete() {
    CatalogImage after =
        IMAGE.with(new CatalogDelta(List.of(OWN.withEpoch(9)), List.of(OWN.key())));
    assertThat(after.requireQuery(OWN.name()).epoch()).isEqualTo(9);
  }

  @Test
  void deletingWhatIsNotThereChangesNothing() {
    CatalogImage after = CatalogImage.empty().with(CatalogDelta.delete(OWN.key()));
    assertThat(after.queries()).isEmpty();
  }

  @Test
  void missingNamesAreAnsweredWithNearOnes() {
    MillraceException near = thrown(() -> IMAGE.requireRelation(Name.of("losg")));
    assertThat(near.code()).isEqualTo(ErrorCode.NOT_FOUND);
    assertThat(near).hasMessage("Cannot find stream or table losg");
    assertThat(near.hint()).contains("Did you mean logs?");
    assertThat(thrown(() -> IMAGE.requireRelation(Name.of("sites"))).hint()).isEmpty();
    assertThat(thrown(() -> IMAGE.requireRelation(new Name("sale", "sites"))).hint())
        .contains("Did you mean sales.sites?");
    assertThat(thrown(() -> IMAGE.requireRelation(Name.of("slow"))).hint())
        .contains("slow is a view.");
    assertThat(thrown(() -> IMAGE.requireView(Name.of("summary"))).hint())
        .contains("summary is a table.");
    assertThat(thrown(() -> IMAGE.requireQuery(Name.of("coppy"))).hint())
        .contains("Did you mean copy?");
    assertThat(thrown(() -> IMAGE.requireSink(Name.of("lakes"))).hint())
        .contains("Did you mean lake?");
  }

  private static MillraceException thrown(ThrowingCallable call) {
    return catchThrowableOfType(MillraceException.class, call);
  }

  @Test
  void dependantsAreFoundThroughViews() {
    assertThat(IMAGE.dependants(Name.of("logs")))
        .extracting(Dependant::toString)
        .containsExactlyInAnyOrder("view slow", "view slowest", "table summary", "query copy");
    assertThat(IMAGE.dependants(Name.of("slow")))
        .extracting(Dependant::toString)
        .containsExactlyInAnyOrder("view slowest", "table summary");
    assertThat(IMAGE.dependants(Name.of("slowest"))).isEmpty();
  }

  @Test
  void queriesThatWriteARelationDependOnItButNotItsOwn() {
    assertThat(IMAGE.dependants(Name.of("ALL_LOGS")))
        .extracting(Dependant::toString)
        .containsExactly("query copy");
    assertThat(IMAGE.dependants(Name.of("summary")))
        .extracting(Dependant::toString)
        .containsExactly("sink lake");
  }

  @Test
  void cascadeNamesWhoDependsBeforeWhatItDependsOn() {
    CatalogImage deep =
        IMAGE.with(
            CatalogDelta.put(
                Examples.table("daily"),
                Examples.query("daily", "daily", "summary"),
                Examples.sink("daily_lake", "daily")));
    List<String> order = deep.cascade(Name.of("logs")).stream().map(Dependant::toString).toList();
    assertThat(order)
        .containsExactlyInAnyOrder(
            "sink daily_lake",
            "table daily",
            "sink lake",
            "table summary",
            "view slowest",
            "view slow",
            "query copy")
        .containsSubsequence("sink daily_lake", "table daily", "table summary", "view slow")
        .containsSubsequence("sink lake", "table summary")
        .containsSubsequence("view slowest", "view slow");
  }

  @Test
  void contentsOfASchemaAreWhatBearsItsName() {
    assertThat(IMAGE.contents("Sales"))
        .containsExactly(new Dependant("table", new Name("sales", "sites")));
    assertThat(IMAGE.contents("public"))
        .extracting(Dependant::toString)
        .containsExactly(
            "stream all_logs",
            "stream logs",
            "table summary",
            "view slow",
            "view slowest",
            "query copy",
            "sink lake");
  }
}
