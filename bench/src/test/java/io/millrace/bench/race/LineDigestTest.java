package io.millrace.bench.race;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LineDigestTest {
  private static List<String> lines(long seed, int count) {
    LogLines lines = new LogLines(seed);
    return IntStream.range(0, count).mapToObj(i -> lines.next()).toList();
  }

  private static LineDigest digest(List<String> lines) {
    LineDigest digest = new LineDigest();
    lines.forEach(digest::add);
    return digest;
  }

  @Test
  void orderDoesNotMatter() {
    List<String> shuffled = new ArrayList<>(lines(7, 1000));
    Collections.shuffle(shuffled, new Random(1));
    assertThat(digest(shuffled).sameAs(digest(lines(7, 1000)))).isTrue();
  }

  @Test
  void oneLineLostDoubledOrChangedShows() {
    List<String> lines = lines(7, 1000);
    LineDigest whole = digest(lines);
    assertThat(digest(lines.subList(1, 1000)).sameAs(whole)).isFalse();
    List<String> doubled = new ArrayList<>(lines);
    doubled.set(0, lines.get(1));
    assertThat(digest(doubled).sameAs(whole)).isFalse();
    List<String> changed = new ArrayList<>(lines);
    changed.set(500, changed.get(500).replace(" 443 ", " 444 ").replace(" 80 ", " 81 "));
    assertThat(digest(changed).sameAs(whole)).isFalse();
  }

  @Test
  void linesAreOfThePromisedLength() {
    double mean =
        lines(1, 10_000).stream()
            .mapToInt(line -> line.getBytes(StandardCharsets.US_ASCII).length)
            .average()
            .orElseThrow();
    assertThat(mean).isBetween(230.0, 250.0);
    assertThat(lines(1, 1000)).allSatisfy(line -> assertThat(line.split(" ")).hasSize(17));
  }
}
