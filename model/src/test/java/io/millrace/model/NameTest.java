package io.millrace.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class NameTest {
  @Test
  void aNameWithoutSchemaIsPublicAndItsTopicHasNoPrefix() {
    assertThat(Name.parse("web_logs")).isEqualTo(new Name("public", "web_logs"));
    assertThat(Name.parse("web_logs").topic()).isEqualTo("web_logs");
    assertThat(Name.parse("sales.orders").topic()).isEqualTo("sales.orders");
  }

  @Test
  void theChangesOfATableLieInATopicWithADot() {
    assertThat(Name.of("customers$changes").topic()).isEqualTo("customers.changes");
  }

  @Test
  void namesCompareWithoutCase() {
    assertThat(Name.of("Web_Logs"))
        .isEqualTo(Name.of("web_logs"))
        .hasSameHashCodeAs(Name.of("WEB_LOGS"));
  }

  @Test
  void anEmptyOrSpacedNameIsRefused() {
    assertThatThrownBy(() -> Name.of("")).isInstanceOf(MillraceException.class);
    assertThatThrownBy(() -> Name.of("a b")).hasMessageContaining("Invalid name: a b");
  }
}
