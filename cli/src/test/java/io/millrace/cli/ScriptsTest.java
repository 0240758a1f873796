package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT ';' , 'it''s;'",
        "SELECT E'it\\';s'",
        "SELECT e'\\\\'",
        "SELECT $$;'$$",
        "SELECT \"a;b\", `c;d` FROM t",
        "SELECT 1 -- no; end",
        "SELECT 1 /* no; ' end */ + 2",
        "SELECT * FROM t$$x, u$$y",
        "SELECT namee FROM t WHERE type='a\\'",
        "SELECT 1 -- it's\n + 2",
        "SELECT 1 /* -- */ + 1"
      })
  void semicolonEndsAStatementOnlyOutsideStringsNamesAndComments(String statement) {
    String script = statement + "\n;SELECT 2;";
    assertThat(Scripts.split(script).statements()).containsExactly(statement, "SELECT 2");
    assertThat(Scripts.split(script).rest()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ;; ; ",
        "-- a comment",
        "-- one;\n-- two",
        "/* a; */",
        "/**/;",
        "\uFEFF-- a byte order mark"
      })
  void commentsAndSpacesAreNoStatement(String text) {
    assertThat(Scripts.statements(text)).isEmpty();
  }

  @Test
  void lastStatementOfAScriptNeedsNoSemicolon() {
    assertThat(Scripts.statements("-- first\nSELECT 1;\n\nSELECT 2 -- the end"))
        .containsExactly("-- first\nSELECT 1", "SELECT 2 -- the end");
    assertThat(Scripts.statements("SELECT 1;\n-- the end")).containsExactly("SELECT 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"SELECT 'open; ", "SELECT 1 /* open; ", "/* open", "SELECT \"a", "$$ ;"})
  void whatIsNotClosedIsLeftBehindAndNotLost(String open) {
    assertThat(Scripts.split("SELECT 1;" + open).rest()).isEqualTo(open);
    assertThat(Scripts.statements("SELECT 1;" + open)).containsExactly("SELECT 1", open.strip());
  }

  @Test
  void commentSignsInsideCommentsHideNothing() {
    assertThat(Scripts.statements("-- /*\nSELECT 1 -- */"))
        .containsExactly("-- /*\nSELECT 1 -- */");
    assertThat(Scripts.isBlank("-- /*\nSELECT 1 -- */")).isFalse();
    assertThat(Scripts.isBlank("/*/ SELECT 1")).isFalse();
  }
}
