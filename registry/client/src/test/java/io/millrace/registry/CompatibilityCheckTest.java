package io.millrace.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.registry.CompatibilityCheck.Earlier;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CompatibilityCheckTest {
  private static final String A = "{'name':'a','type':'int'}";
  private static final String OPTIONAL_B = "{'name':'b','type':['null','string'],'default':null}";
  private static final String REQUIRED_B = "{'name':'b','type':'string'}";

  private static Schema record(String... fields) {
    return new Schema.Parser()
        .parse(
            ("{'type':'record','name':'r','fields':[" + String.join(",", fields) + "]}")
                .replace('\'', '"'));
  }

  private static List<String> problems(Compatibility level, Schema next, Schema... earlier) {
    return found(level, next, earlier).stream().map(ContractProblem::reason).toList();
  }

  private static List<ContractProblem> found(Compatibility level, Schema next, Schema... earlier) {
    return CompatibilityCheck.problems(
        level,
        next,
        IntStream.range(0, earlier.length)
            .mapToObj(i -> new Earlier(i + 1, earlier[i]))
            .collect(Collectors.toList()));
  }

  @ParameterizedTest
  @CsvSource({
    "NONE, true, true, true, true",
    "BACKWARD, true, false, true, true",
    "BACKWARD_TRANSITIVE, true, false, true, true",
    "FORWARD, true, true, true, false",
    "FORWARD_TRANSITIVE, true, true, true, false",
    "FULL, true, false, true, false",
    "FULL_TRANSITIVE, true, false, true, false",
  })
  void eachLevelAllowsItsChanges(
      Compatibility level,
      boolean addOptional,
      boolean addRequired,
      boolean removeOptional,
      boolean removeRequired) {
    assertThat(problems(level, record(A, OPTIONAL_B), record(A)).isEmpty()).isEqualTo(addOptional);
    assertThat(problems(level, record(A, REQUIRED_B), record(A)).isEmpty()).isEqualTo(addRequired);
    assertThat(problems(level, record(A), record(A, OPTIONAL_B)).isEmpty())
        .isEqualTo(removeOptional);
    assertThat(problems(level, record(A), record(A, REQUIRED_B)).isEmpty())
        .isEqualTo(removeRequired);
  }

  @ParameterizedTest
  @EnumSource(Compatibility.class)
  void onlyTransitiveLevelsLookPastTheLatestVersion(Compatibility level) {
    // a: int, then removed, then back as text: the latest knows nothing of the int.
    Schema[] earlier = {record(A, OPTIONAL_B), record(OPTIONAL_B)};
    Schema next = record("{'name':'a','type':'string','default':''}", OPTIONAL_B);
    assertThat(problems(level, next, earlier).isEmpty()).isNotEqualTo(level.isTransitive());
  }

  @Test
  void problemsNameTheFieldAndTheVersion() {
    assertThat(problems(Compatibility.BACKWARD, record(A, REQUIRED_B), record(A)))
        .containsExactly(
            "Field b of the new schema is missing in version 1 and has no default value");
    assertThat(problems(Compatibility.FORWARD, record(A), record(A, REQUIRED_B)))
        .containsExactly(
            "Field b of version 1 is missing in the new schema and has no default value");
    assertThat(
            problems(
                Compatibility.FULL_TRANSITIVE,
                record("{'name':'a','type':'long'}"),
                record("{'name':'a','type':'string'}"),
                record(A)))
        .containsExactly(
            "Field a is INT in version 2, which cannot read LONG of the new schema",
            "Field a is LONG in the new schema, which cannot read STRING of version 1",
            "Field a is STRING in version 1, which cannot read LONG of the new schema");
  }

  @Test
  void nestedFieldsAreNamedByTheirPath() {
    String list =
        "{'name':'list','type':['null',{'type':'array','items':{'type':'map','values':"
            + "{'type':'record','name':'item','fields':[%s]}}}]}";
    String x = "{'name':'x','type':'int'}";
    assertThat(
            problems(
                Compatibility.BACKWARD,
                record(A, list.formatted(x + "," + REQUIRED_B)),
                record(A, list.formatted(x))))
        .containsExactly(
            "Field list.b of the new schema is missing in version 1 and has no default value");
    assertThat(
            problems(
                Compatibility.BACKWARD,
                record(A, list.formatted(x)),
                record(A, list.formatted("{'name':'x','type':['int','null']}"))))
        .containsExactly(
            "Field list.x is INT in the new schema, which cannot read NULL of version 1");
    assertThat(
            problems(
                Compatibility.BACKWARD,
                record("{'name':'n','type':['null','int']}"),
                record("{'name':'n','type':['null','string']}")))
        .containsExactly(
            "Field n is NULL or INT in the new schema, which cannot read STRING of version 1");
  }

  @Test
  void recordsThatContainEachOtherAreComparedOnce() {
    String left =
        "['null',{'type':'record','name':'left','fields':[{'name':'z','type':'%1$s'},"
            + "{'name':'right','type':['null',{'type':'record','name':'right','fields':["
            + "{'name':'y','type':'%1$s'},{'name':'left','type':['null','left']}]}]}]}]";
    assertThat(
            problems(
                Compatibility.BACKWARD,
                record("{'name':'f','type':" + left.formatted("int") + "}"),
                record("{'name':'f','type':" + left.formatted("string") + "}")))
        .contains(
            "Field f.z is INT in the new schema, which cannot read STRING of version 1",
            "Field f.right.y is INT in the new schema, which cannot read STRING of version 1");
  }

  @Test
  void renamedRecordsUnionsEnumsAndFixedAreToldApart() {
    String type = "{'name':'f','type':%s}";
    assertThat(
            problems(
                Compatibility.BACKWARD,
                record(type.formatted("{'type':'enum','name':'e','symbols':['A']}")),
                record(type.formatted("{'type':'enum','name':'e','symbols':['A','B']}"))))
        .containsExactly("Field f lacks in the new schema the symbols [B] of version 1");
    assertThat(
            problems(
                Compatibility.BACKWARD,
                record(type.formatted("['null','int']")),
                record(type.formatted("['null','int','string']"))))
        .containsExactly(
            "Field f is NULL or INT in the new schema, which cannot read STRING of version 1");
    assertThat(
            problems(
                Compatibility.BACKWARD,
                record(type.formatted("{'type':'fixed','name':'x','size':4}")),
                record(type.formatted("{'type':'fixed','name':'x','size':8}"))))
        .singleElement()
        .asString()
        .startsWith("Field f has another size in the new schema than in version 1");
    Schema renamed = Schema.createRecord("other", null, null, false, List.of());
    assertThat(problems(Compatibility.BACKWARD, renamed, record()))
        .containsExactly("The schema is named other in the new schema but r in version 1");
  }

  @Test
  void wideningIsAllowedBackwardAndNarrowingIsNot() {
    Schema wide = record("{'name':'a','type':'long'}");
    assertThat(problems(Compatibility.BACKWARD, wide, record(A))).isEmpty();
    assertThat(problems(Compatibility.BACKWARD, record(A), wide)).hasSize(1);
  }

  @Test
  void eachDirectionThatTheLevelAsksForIsToldWithItsField() {
    assertThat(
            found(
                Compatibility.FULL, record(REQUIRED_B, "{'name':'a','type':'string'}"), record(A)))
        .extracting(problem -> problem.direction() + " " + problem.field())
        .containsExactlyInAnyOrder("BACKWARD a", "BACKWARD b", "FORWARD a");
  }

  @Test
  void aliasThatMakesTwoFieldsOneIsAProblem() {
    assertThat(
            problems(
                Compatibility.BACKWARD,
                record("{'name':'b','type':'int','aliases':['a']}"),
                record(A, "{'name':'b','type':'int'}")))
        .singleElement()
        .asString()
        .startsWith("Cannot compare the new schema with version 1: Reader record field b");
  }
}
