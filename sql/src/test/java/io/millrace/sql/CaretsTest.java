package io.millrace.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.MillraceException.Place;
import org.junit.jupiter.api.Test;

class CaretsTest {

  @Test
  void caretsStandUnderTheWordsOfTheLine() {
    assertThat(Carets.render("a\nSELECT xx FROM y\nb", new Place(2, 8, 2), "Cannot x.", "Hint: y"))
        .isEqualTo(
            """
            2 | SELECT xx FROM y
              |        ^^
            Cannot x.
            Hint: y""");
  }

  @Test
  void tabsAndLettersBeyondTheBasicPlaneKeepCaretsInPlace() {
    assertThat(Carets.render("\t'𝄞'\tx", new Place(1, 6, 1)))
        .isEqualTo("1 | \t'𝄞'\tx\n  | \t   \t^");
  }

  @Test
  void placesOutsideTheTextAreShownAtItsEnd() {
    assertThat(Carets.render("ab", new Place(9, 9, 9))).isEqualTo("1 | ab\n  |   ^");
    assertThat(Carets.render("", new Place(1, 1, 1))).isEqualTo("1 | \n  | ^");
    assertThat(Carets.render("abcd", new Place(1, 3, 40))).isEqualTo("1 | abcd\n  |   ^^");
  }

  @Test
  void errorsWithoutAPlaceAreTheirMessageAndHint() {
    MillraceException error = new MillraceException(ErrorCode.NOT_FOUND, "Cannot find x");
    assertThat(Carets.render("SELECT", error)).isEqualTo("Cannot find x");
    assertThat(Carets.render("SELECT", error.hint("Did you mean y?")))
        .isEqualTo("Cannot find x\nHint: Did you mean y?");
  }
}
