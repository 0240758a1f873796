package io.millrace.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.MillraceException.Place;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.antlr.v4.runtime.Token;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class StatementParserTest {

  private static final Set<ErrorCode> REFUSALS =
      EnumSet.of(
          ErrorCode.SYNTAX_ERROR,
          ErrorCode.INVALID_TYPE,
          ErrorCode.INVALID_NAME,
          ErrorCode.NOT_SUPPORTED);

  @TestFactory
  Stream<DynamicTest> statementsAreReadAsTheFileSays() throws IOException {
    return tests("statements.txt");
  }

  @TestFactory
  Stream<DynamicTest> errorsReadAsTheFileSays() throws IOException {
    return tests("errors.txt");
  }

  private static Stream<DynamicTest> tests(String file) throws IOException {
    return Cases.read(file).stream()
        .map(
            c ->
                DynamicTest.dynamicTest(
                    c.title(), () -> assertThat(outcome(c.text())).isEqualTo(c.expected())));
  }

  private static String outcome(String text) {
    try {
      return StatementParser.parseScript(text).stream()
          .map(parsed -> parsed.statement().toString())
          .collect(Collectors.joining("\n"));
    } catch (MillraceException e) {
      return e.code() + "\n" + Carets.render(text, e);
    }
  }

  @Test
  void statementTextReadsAsTheSameStatement() throws IOException {
    for (Cases.Case c : Cases.read("statements.txt")) {
      for (Parsed parsed : StatementParser.parseScript(c.text())) {
        assertThat(StatementParser.parse(parsed.text())).hasToString(parsed.statement().toString());
      }
    }
  }

  @Test
  void statementsWithAWordCutOffOrLeftOutAreReadOrRefusedAtAPlaceInTheText() throws IOException {
    for (Cases.Case c : Cases.read("statements.txt")) {
      List<Token> tokens = Lexing.tokens(c.text());
      for (int i = 0; i < tokens.size(); i++) {
        checkReadOrRefused(text(tokens.subList(0, i)));
        checkReadOrRefused(text(tokens.subList(0, i)) + text(tokens.subList(i + 1, tokens.size())));
      }
    }
  }

  private static String text(List<Token> tokens) {
    return tokens.stream().map(Token::getText).collect(Collectors.joining());
  }

  private static void checkReadOrRefused(String text) {
    try {
      StatementParser.parseScript(text);
    } catch (MillraceException e) {
      assertThat(e.code()).as(text).isIn(REFUSALS);
      assertThat(e.getMessage())
          .as(text)
          .matches("(?s)(Cannot|Invalid) .+")
          .doesNotContain("<EOF>");
      Place place = e.place().orElseThrow();
      assertThat(place.line()).as(text).isBetween(1, (int) text.lines().count());
      String line = text.lines().skip(place.line() - 1L).findFirst().orElseThrow();
      int end = line.codePointCount(0, line.length()) + 1;
      assertThat(place.column()).as(text).isBetween(1, end);
    }
  }

  @Test
  void scriptKeepsTheTextOfEachStatementWithoutWhatStandsAround() {
    String script =
        "-- first\nSHOW  STREAMS ; /* second */ SELECT ';' -- kept\n FROM t -- not\n;\n";
    assertThat(StatementParser.parseScript(script))
        .extracting(Parsed::text)
        .containsExactly("SHOW  STREAMS", "SELECT ';' -- kept\n FROM t");
  }

  @Test
  void queryTextSaysWhereItStartsInTheWholeText() {
    Parsed second =
        StatementParser.parseScript("SHOW STREAMS;\nCREATE VIEW v AS\n  SELECT 1\nFROM x").get(1);
    assertThat(((CreateView) second.statement()).query())
        .isEqualTo(new QueryText("SELECT 1\nFROM x", 3, 3));
    assertThat(((InsertValues) StatementParser.parse("INSERT INTO t VALUES (1)")).values())
        .isEqualTo(new QueryText("(1)", 1, 22));
  }

  @Test
  void parseWantsExactlyOneStatement() {
    assertThat(StatementParser.parse(" SHOW STREAMS ; "))
        .isEqualTo(new Show(Show.Kind.STREAMS, Optional.empty()));
    assertThatThrownBy(() -> StatementParser.parse("SHOW STREAMS; SHOW TABLES"))
        .hasMessage("Cannot parse statement: expected one statement, found 2");
    assertThatThrownBy(() -> StatementParser.parse("-- nothing"))
        .hasMessage("Cannot parse statement: expected one statement, found 0");
  }

  @Test
  void deepNestingIsReadOrRefused() {
    assertThat(StatementParser.parse("SELECT " + "(".repeat(400) + 1 + ")".repeat(400)))
        .isInstanceOf(Select.class);
    for (String open :
        List.of("SELECT " + "(".repeat(200_000), "CREATE TABLE t (a " + "x<".repeat(200_000))) {
      assertThatThrownBy(() -> StatementParser.parse(open))
          .hasMessage("Cannot parse statement: it is nested too deeply");
    }
  }

  @Test
  void longStatementsAreReadAndRefusedInAMoment() {
    String rows =
        IntStream.range(0, 5_000)
            .mapToObj(i -> "(" + i + ", 'row', ((" + i + ")))")
            .collect(Collectors.joining(",\n"));
    assertThat(Duration.ofSeconds(10))
        .isGreaterThan(
            timed(
                () -> {
                  StatementParser.parse("INSERT INTO t VALUES " + rows);
                  assertThatThrownBy(
                          () -> StatementParser.parse("INSERT INTO t VALUES " + rows + ")"))
                      .hasMessageContaining("expected the end of the statement");
                }));
  }

  private static Duration timed(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
