package io.millrace.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class UniqueKeysTest {
  private final UniqueKeys keys = new UniqueKeys();

  private boolean add(String key) {
    byte[] bytes = ("_" + key).getBytes(StandardCharsets.UTF_8);
    return keys.add(bytes, 1, bytes.length - 1);
  }

  @Test
  void keysAreFoundAgainAmongMany() {
    for (int round = 0; round < 3; round++) {
      keys.beginMap();
      for (int i = 0; i < 5_000; i++) {
        assertThat(add("key " + i)).isTrue();
      }
      assertThat(add("")).isTrue();
      assertThat(add("key 0")).isFalse();
      assertThat(add("key 4999")).isFalse();
      assertThat(add("")).isFalse();
      keys.endMap();
    }
  }

  @Test
  void mapsInsideMapsHaveKeysOfTheirOwn() {
    keys.beginMap();
    assertThat(add("a")).isTrue();
    keys.beginMap();
    assertThat(add("a")).isTrue();
    keys.endMap();
    assertThat(add("a")).isFalse();
    keys.reset(); // the row failed
    keys.beginMap();
    assertThat(add("a")).isTrue();
  }
}
