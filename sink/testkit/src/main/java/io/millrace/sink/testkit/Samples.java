package io.millrace.sink.testkit;

import io.millrace.model.Column;
import io.millrace.model.TypeParser;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Values of every type, which sinks are asked to keep as they are. */
final class Samples {
  private Samples() {}

  static Column column(String name, String type) {
    return new Column(name, TypeParser.parse(type));
  }

  /** Types and values at their edges; every type is also written as null. */
  private static Map<String, List<Object>> samples() {
    BigDecimal widest = new BigDecimal(BigInteger.TEN.pow(38).subtract(BigInteger.ONE), 10);
    Map<String, List<Object>> samples = new LinkedHashMap<>();
    samples.put("BOOLEAN", List.of(true, false));
    samples.put("INT", List.of(0, Integer.MIN_VALUE, Integer.MAX_VALUE));
    samples.put("BIGINT", List.of(0L, Long.MIN_VALUE, Long.MAX_VALUE));
    samples.put("FLOAT", List.of(1.5f, Float.MIN_VALUE, -Float.MAX_VALUE, Float.NaN));
    samples.put("DOUBLE", List.of(-0.0, Double.MIN_VALUE, Double.NEGATIVE_INFINITY, Double.NaN));
    samples.put(
        "DECIMAL(9, 2)", List.of(new BigDecimal("-9999999.99"), new BigDecimal("9999999.99")));
    samples.put(
        "DECIMAL(18, 0)",
        List.of(new BigDecimal("-999999999999999999"), new BigDecimal("999999999999999999")));
    samples.put(
        "DECIMAL(19, 3)",
        List.of(
            new BigDecimal("-9999999999999999.999"),
            new BigDecimal("9999999999999999.999"),
            new BigDecimal("-0.001")));
    samples.put(
        "DECIMAL(38, 10)", List.of(widest, widest.negate(), new BigDecimal("1.0000000000")));
    samples.put("STRING", List.of("", "a\u0000b\n\"'", "grüße \uD83C\uDF0A", "x".repeat(100_000)));
    samples.put(
        "BYTES",
        List.of(ByteBuffer.wrap(new byte[0]), ByteBuffer.wrap(new byte[] {0, -1, 127, -128})));
    samples.put(
        "DATE",
        List.of(LocalDate.of(1, 1, 1), LocalDate.of(1969, 12, 31), LocalDate.of(9999, 12, 31)));
    samples.put("TIME(3)", List.of(LocalTime.MIN, LocalTime.parse("23:59:59.999")));
    samples.put("TIME(6)", List.of(LocalTime.MIN, LocalTime.parse("23:59:59.999999")));
    for (int precision : new int[] {3, 6}) {
      String fraction = precision == 3 ? ".999" : ".999999";
      samples.put(
          "TIMESTAMP(" + precision + ")",
          List.of(
              LocalDateTime.parse("0001-01-01T00:00:00"),
              LocalDateTime.parse("1969-12-31T23:59:59" + fraction),
              LocalDateTime.parse("9999-12-31T23:59:59" + fraction)));
      samples.put(
          "TIMESTAMP_LTZ(" + precision + ")",
          List.of(
              Instant.parse("0001-01-01T00:00:00Z"),
              Instant.parse("1969-12-31T23:59:59" + fraction + "Z"),
              Instant.parse("9999-12-31T23:59:59" + fraction + "Z")));
    }
    samples.put(
        "ARRAY<INT>", List.of(List.of(), List.of(1, 2, 3), Collections.singletonList(null)));
    samples.put("ARRAY<STRING NOT NULL>", List.of(List.of("a", ""), List.of()));
    samples.put(
        "ARRAY<ARRAY<DECIMAL(20, 1)>>",
        List.of(
            List.of(List.of()), Arrays.asList(List.of(new BigDecimal("1.5")), null, List.of())));
    samples.put(
        "MAP<STRING, BIGINT>",
        List.of(Map.of(), Map.of("a", 1L, "b", 2L), Collections.singletonMap("none", null)));
    samples.put(
        "ROW<a INT, b ROW<c STRING, d ARRAY<TIMESTAMP(3)>>>",
        List.of(
            row("a", 1, "b", row("c", "x", "d", List.of(LocalDateTime.parse("2026-11-22T10:00")))),
            row("a", null, "b", null),
            row("a", 2, "b", row("c", null, "d", null))));
    samples.put(
        "ARRAY<ROW<k STRING NOT NULL, m MAP<STRING, ROW<x DOUBLE>>>>",
        List.of(
            List.of(
                row("k", "one", "m", Map.of("p", row("x", 0.5))),
                row("k", "two", "m", null),
                row("k", "three", "m", Map.of()))));
    return samples;
  }

  static Map<String, Object> row(Object... namesAndValues) {
    Map<String, Object> row = new TreeMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      row.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return row;
  }

  /** Those that the place holds. */
  static Map<String, List<Object>> held(SinkFixture fixture) {
    return samplesWhere(fixture, true);
  }

  /** Those that it must refuse; types without any are left out. */
  static Map<String, List<Object>> refused(SinkFixture fixture) {
    Map<String, List<Object>> refused = samplesWhere(fixture, false);
    refused.values().removeIf(List::isEmpty);
    return refused;
  }

  private static Map<String, List<Object>> samplesWhere(SinkFixture fixture, boolean held) {
    Map<String, List<Object>> samples = samples();
    samples.replaceAll(
        (type, values) -> values.stream().filter(v -> fixture.holds(v) == held).toList());
    return samples;
  }
}
