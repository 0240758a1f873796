package io.millrace.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.Name;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DialectsTest {

  @Test
  void quotesOfNamesChangeAndStringsAndCommentsStay() {
    assertThat(
            Dialects.toFlink(
                "SELECT \"a \"\"b`\", 'say \"x\"' /* \"y\" */ FROM `t` -- \"z\"\nWHERE \"c\"=1"))
        .isEqualTo("SELECT `a \"b```, 'say \"x\"' /* \"y\" */ FROM `t` -- \"z\"\nWHERE `c`=1");
    assertThat(
            Dialects.toDuckDb(
                "SELECT `a ``b\"`, 'say `x`' /* `y` */ FROM \"t\" -- `z`\nWHERE `c`=1"))
        .isEqualTo("SELECT \"a `b\"\"\", 'say `x`' /* `y` */ FROM \"t\" -- `z`\nWHERE \"c\"=1");
  }

  @Test
  void rewritingForthAndBackKeepsTheText() {
    String query = "SELECT \"a \"\"b\", '`' FROM \"s\".\"t$changes\" -- `\n";
    assertThat(Dialects.toDuckDb(Dialects.toFlink(query))).isEqualTo(query);
  }

  @Test
  void tablesAndColumnsOfTheInformationSchemaAreThoseOfTheOverviewAtTheSamePlaces() {
    String query =
        "SELECT * FROM information_schema.tables t, \"INFORMATION_SCHEMA\" . \"columns\" /*"
            + " information_schema.tables */ WHERE x = 'information_schema.tables'";
    assertThat(Dialects.toDuckDb(query))
        .isEqualTo(
            "SELECT * FROM _millrace_overview.tables t, \"_millrace_overview\" . \"columns\" /*"
                + " information_schema.tables */ WHERE x = 'information_schema.tables'")
        .hasSameSizeAs(query);
    for (String other :
        List.of(
            "SELECT * FROM system.information_schema.tables",
            "SELECT * FROM information_schema.schemata",
            "SELECT information_schema FROM t")) {
      assertThat(Dialects.toDuckDb(other)).isEqualTo(other);
    }
  }

  @Test
  void textThatIsNotClosedIsLeftAsItIs() {
    assertThat(Dialects.toFlink("SELECT 'a \"b\"")).isEqualTo("SELECT 'a \"b\"");
    assertThat(Dialects.toFlink("SELECT \"a")).isEqualTo("SELECT \"a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "SELECT 1 | ~~",
        "SELECT * FROM a | a",
        "select * from s.a x, \"B-c\".`d`, e AS y WHERE f IN (1, 2), g | s.a B-c.d e",
        "SELECT a, b FROM c GROUP BY a, b ORDER BY a, b | c",
        "SELECT * FROM a JOIN b ON a.x = b.x LEFT JOIN c USING (x, y) | a b c",
        "SELECT * FROM a JOIN r FOR SYSTEM_TIME AS OF a.t AS r ON a.k = r.k | a r",
        "SELECT * FROM (SELECT a, b FROM c) d, e | c e",
        "SELECT * FROM (a JOIN b ON TRUE) | a b",
        "SELECT (SELECT max(x) FROM b) FROM a WHERE EXISTS (SELECT 1 FROM c, d) | b a c d",
        "WITH a AS (SELECT * FROM b), c (x) AS MATERIALIZED (SELECT 1) SELECT * FROM a, c, d | b d",
        "SELECT EXTRACT(YEAR FROM ts), TRIM(BOTH FROM n) FROM a WHERE x IS DISTINCT FROM y | a",
        "SELECT * FROM TABLE(TUMBLE(TABLE web_logs, DESCRIPTOR(t), INTERVAL '1' MINUTE)) | web_logs",
        "SELECT * FROM range(5), read_parquet('x.parquet'), a | a",
        "SELECT * FROM a, LATERAL (SELECT a.x) b, UNNEST(a.y) AS u(z) | a",
        "SELECT 'FROM x' /* FROM y */ FROM a -- FROM z | a",
        "FROM a SELECT x, y | a",
        "SELECT * FROM a UNION ALL SELECT x, y FROM b | a b",
        "SELECT * FROM t$changes | t$changes",
        "SELECT * FROM millrace.sales.orders | sales.orders",
        "SELECT from_unixtime(x), a.from FROM b | b",
        "INSERT INTO a SELECT * FROM b | a b",
      })
  void relationsThatAQueryNamesAreFound(String query, String names) {
    assertThat(
            Dialects.mentionedNames(query).stream()
                .map(DialectsTest::text)
                .collect(Collectors.joining(" ")))
        .isEqualTo(names);
  }

  private static String text(Name name) {
    return name.toString();
  }
}
