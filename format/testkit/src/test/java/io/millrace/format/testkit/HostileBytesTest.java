package io.millrace.format.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Some inputs in each build; {@code -Dfuzz.inputs=N} for more, which go on where these end. */
class HostileBytesTest {
  private static final int INPUTS = Integer.getInteger("fuzz.inputs", 40_000);

  @ParameterizedTest
  @EnumSource
  void noBytesCrashHangOrAllocateAndWhatIsAcceptedIsReadBack(Codec codec)
      throws InterruptedException {
    CodecFuzz fuzz = new CodecFuzz(codec);
    fuzz.run(1, INPUTS);
    assertThat(fuzz.accepted() + fuzz.refused() + fuzz.skipped() + fuzz.files()).isEqualTo(INPUTS);
    // Both ways are tried in earnest.
    assertThat(fuzz.accepted()).isGreaterThan(INPUTS / 20);
    assertThat(fuzz.refused()).isGreaterThan(INPUTS / 20);
    assertThat(fuzz.fileRows()).isGreaterThan(INPUTS / 100);
  }
}
