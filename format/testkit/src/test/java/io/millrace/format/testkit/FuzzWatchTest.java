package io.millrace.format.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a fuzzer is told of a decoder that neither answers nor refuses. */
class FuzzWatchTest {
  private static final int FATAL = 3;

  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicReference<byte[]> input = new AtomicReference<>();
  private int attempts;

  @AfterEach
  void letWhatHangsGo() {
    over.set(true);
  }

  private CodecFuzz fatalAtTheThirdInput(Runnable fatal) {
    return new CodecFuzz(
        Codec.JSON,
        Duration.ofMillis(500),
        (current, file, bytes, length) -> {
          if (++attempts == FATAL) {
            input.set(Arrays.copyOf(bytes, length));
            fatal.run();
          }
        });
  }

  private void spin() {
    while (!over.get()) {
      Thread.onSpinWait();
    }
  }

  private void assertNamed(Throwable failure) {
    assertThat(failure)
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("Seed 7, input " + FATAL + ", a ")
        .hasMessageContaining(" of json ")
        .hasMessageEndingWith(": " + HexFormat.of().formatHex(input.get()));
  }

  @Test
  void anInputThatHangsIsNamedWithItsBytesAndWhereItHangs() {
    Throwable failure = catchThrowable(() -> fatalAtTheThirdInput(this::spin).run(7, 100));

    assertNamed(failure);
    assertThat(failure.getCause()).hasMessageContaining("no end within PT0.5S");
    assertThat(failure.getCause().getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals("spin"));
  }

  @Test
  void anInputThatWantsMoreMemoryThanThereIsIsNamedWithItsBytes() {
    AtomicReference<byte[]> kept = new AtomicReference<>();

    assertNamed(
        catchThrowable(
            () -> fatalAtTheThirdInput(() -> kept.set(new byte[Integer.MAX_VALUE])).run(7, 100)));
    assertThat(kept.get()).isNull();
  }

  @Test
  void theSameSeedTriesTheSameInputs() throws InterruptedException {
    fatalAtTheThirdInput(() -> {}).run(7, 100);
    byte[] first = input.get();
    attempts = 0;
    fatalAtTheThirdInput(() -> {}).run(7, 100);

    assertThat(input.get()).isEqualTo(first);
  }
}
