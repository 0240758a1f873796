package io.millrace.bench.race;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BareRowTest {
  private final BareRow row = new BareRow(1);

  @Test
  void lineWithTooFewOrTooManyFieldsIsRefused() {
    String line = new LogLines(1).next();
    assertThat(row.encode(bytes(line))).startsWith(0, 0, 0, 0, 1);
    assertThatThrownBy(() -> row.encode(bytes(line + " more")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> row.encode(bytes(line.substring(0, line.lastIndexOf(' ')))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void numberThatIsNoneIsRefused() {
    String line = new LogLines(1).next().replaceFirst(" (443|80) ", " 4x3 ");
    assertThatThrownBy(() -> row.encode(bytes(line))).isInstanceOf(IllegalArgumentException.class);
  }

  private static byte[] bytes(String line) {
    return line.getBytes(StandardCharsets.US_ASCII);
  }
}
