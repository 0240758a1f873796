package io.millrace.flow.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HiddenPartitionTest {
  @Test
  void everySelectListBeginsWithTheColumn() {
    assertThat(HiddenPartition.selectIn("select a FROM (SELECT * FROM s)"))
        .contains("select `$millrace_partition`, a FROM (SELECT `$millrace_partition`, * FROM s)");
  }

  @Test
  void quotedTextAndCommentsAreLeftAlone() {
    String text = "/* SELECT */ -- SELECT\n'it''s SELECT' `SELECT` \"SELECT\" my_SELECT";
    assertThat(HiddenPartition.selectIn(text)).isEmpty();
  }
}
