package io.millrace.flow.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import org.junit.jupiter.api.Test;

class FailuresTest {
  @Test
  void theInnermostCauseOfATraceSpeaks() {
    String trace =
        """
        org.apache.flink.runtime.JobException: Recovery is suppressed by NoRestartBackoffTimeStrategy
        \tat org.apache.flink.runtime.A.b(A.java:1)
        Caused by: java.lang.RuntimeException: wrapped
        \tat org.apache.flink.runtime.A.b(A.java:1)
        \t... 12 more
        Caused by: java.lang.ArithmeticException: / by zero
        \tat StreamExecCalc$12.processElement(Unknown Source)
        """;
    assertThat(Failures.sentence(trace)).isEqualTo("/ by zero");
  }

  @Test
  void whatMillraceThrewIsPreferredToItsCauses() {
    String trace =
        """
        java.lang.RuntimeException: outer
        \tat a.B.c(B.java:1)
        Caused by: io.millrace.model.MillraceException: Cannot read t: offset 5 is gone
        \tat a.B.c(B.java:1)
        Caused by: java.io.IOException: inner
        \tat a.B.c(B.java:1)
        """;
    assertThat(Failures.sentence(trace)).isEqualTo("Cannot read t: offset 5 is gone");
    assertThat(
            Failures.sentence(
                new IllegalStateException(
                    new MillraceException(ErrorCode.DATA_EXPIRED, "Cannot read t: gone"))))
        .isEqualTo("Cannot read t: gone");
  }

  @Test
  void aWordlessExceptionIsNamed() {
    assertThat(Failures.sentence(new RuntimeException("x", new NullPointerException())))
        .isEqualTo("NullPointerException");
  }

  @Test
  void aTaskIsNamedWithoutItsNumbers() {
    assertThat(Failures.operator("Source: web[1] -> Calc[2] (1/2)#3 (attempt #0)"))
        .isEqualTo("Source: web -> Calc");
  }
}
