package io.millrace.format.testkit;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Fuzzing guided by coverage, {@code mvn -Pfuzz -pl format/testkit test}; every other run of the
 * tests tries the inputs kept under {@code resources}. The first byte of an input says which case
 * it is for, and by its highest bit whether the rest is a file or a record.
 */
class CodecFuzzTest {
  /** Five of them make the minute of the whole check. */
  private static final String DURATION = "12s";

  private final Map<Integer, CodecCase> cases = new HashMap<>();

  @FuzzTest(maxDuration = DURATION)
  void avro(byte[] input) {
    attempt(Codec.AVRO, input);
  }

  @FuzzTest(maxDuration = DURATION)
  void json(byte[] input) {
    attempt(Codec.JSON, input);
  }

  @FuzzTest(maxDuration = DURATION)
  void delimited(byte[] input) {
    attempt(Codec.DELIMITED, input);
  }

  @FuzzTest(maxDuration = DURATION)
  void w3c(byte[] input) {
    attempt(Codec.W3C, input);
  }

  @FuzzTest(maxDuration = DURATION)
  void raw(byte[] input) {
    attempt(Codec.RAW, input);
  }

  private void attempt(Codec codec, byte[] input) {
    if (input.length == 0) {
      return;
    }
    CodecCase chosen = cases.computeIfAbsent(input[0] & 0x7f, seed -> new CodecCase(codec, seed));
    byte[] rest = Arrays.copyOfRange(input, 1, input.length);
    if (input[0] < 0) {
      chosen.file(rest, rest.length);
    } else {
      chosen.record(rest, rest.length);
    }
  }
}
