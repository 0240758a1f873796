package io.millrace.flow.topic.write;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlacesTest {
  private static List<String> runs(Places places) {
    List<String> runs = new ArrayList<>();
    places.forEach((partition, first, end) -> runs.add(partition + ":" + first + "-" + end));
    return runs;
  }

  @Test
  void offsetsThatFollowEachOtherAreOneRun() throws Exception {
    Places places = new Places();
    for (int offset = 10; offset < 20; offset++) {
      places.add(1, offset);
      places.add(0, 3 * offset);
    }
    places.add(1, 30);
    places.add(1, 31);
    List<String> expected = new ArrayList<>();
    for (int offset = 10; offset < 20; offset++) {
      expected.add("0:" + 3 * offset + "-" + (3 * offset + 1));
    }
    expected.addAll(List.of("1:10-20", "1:30-32"));
    assertThat(runs(places)).isEqualTo(expected);
    assertThat(places.lastOffsets()).containsEntry(0, 57L).containsEntry(1, 31L).hasSize(2);

    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    places.write(new DataOutputStream(bytes));
    Places read = Places.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    assertThat(runs(read)).isEqualTo(expected);
    read.add(1, 32);
    assertThat(runs(read)).endsWith("1:30-33");
    assertThat(read.isComplete()).isTrue();
  }

  @Test
  void anAcknowledgementWithoutAnOffsetMakesItIncomplete() {
    Places places = new Places();
    places.add(0, 1);
    places.add(0, -1);
    assertThat(places.isComplete()).isFalse();
    assertThat(runs(places)).containsExactly("0:1-2");
  }
}
