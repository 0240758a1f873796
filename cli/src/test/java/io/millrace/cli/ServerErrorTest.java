package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ServerErrorTest {
  private static String render(String statement, int line, int column, int length) {
    return new ServerError("SYNTAX_ERROR", "Cannot read it", "Mend it.", line, column, length)
        .render(statement);
  }

  @Test
  void caretStandsUnderThePlace() {
    assertThat(render("SELEC 1", 1, 1, 5))
        .isEqualTo("error: Cannot read it\n  SELEC 1\n  ^^^^^\nhint: Mend it.\n");
  }

  @Test
  void lineOfALongerStatementIsNamed() {
    assertThat(render("SELECT a,\r\n  b c d\nFROM t", 2, 7, 1))
        .isEqualTo("error: Cannot read it\nline 2:   b c d\n              ^\nhint: Mend it.\n");
  }

  @Test
  void tabsStayTabsAboveAndBelow() {
    assertThat(render("\tSELECT\tx", 1, 9, 1)).contains("  \tSELECT\tx\n  \t      \t^\n");
  }

  @Test
  void wideCharactersCountTwiceAndPairsOnce() {
    assertThat(render("SELECT '水😀' x", 1, 13, 1))
        .contains("\n  SELECT '水😀' x\n                ^\n");
    assertThat(render("SELECT 水水", 1, 8, 2)).contains("\n         ^^^^\n");
  }

  @Test
  void placeBehindTheEndIsMarkedAtTheEnd() {
    assertThat(render("SELECT", 1, 7, 0)).contains("  SELECT\n        ^\n");
    assertThat(render("SELECT", 1, 40, 9)).contains("  SELECT\n        ^\n");
  }

  @Test
  void errorWithoutAPlaceShowsNone() {
    assertThat(render("SELECT 1", 0, 0, 0)).isEqualTo("error: Cannot read it\nhint: Mend it.\n");
    assertThat(render("SELECT 1", 9, 1, 1)).isEqualTo("error: Cannot read it\nhint: Mend it.\n");
  }
}
