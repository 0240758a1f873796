package io.millrace.format.debezium;

import io.millrace.model.Setting;
import io.millrace.model.Settings;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * How the connector was told to write values, by the names of its own settings. They count where a
 * record has no schema to say so. Immutable.
 */
public final class Modes {
  private static final Setting<String> DECIMALS =
      Setting.oneOfText(
          "decimal.handling.mode",
          "precise",
          "As the connector has it; for records without a schema.",
          "precise",
          "string",
          "double");
  private static final Setting<String> BINARIES =
      Setting.oneOfText(
          "binary.handling.mode",
          "bytes",
          "As the connector has it.",
          "bytes",
          "base64",
          "base64-url-safe",
          "hex");
  private static final Setting<String> TIMES =
      Setting.oneOfText(
          "time.precision.mode",
          "adaptive",
          "As the connector has it; for records without a schema.",
          "adaptive",
          "adaptive_time_microseconds",
          "connect",
          "isostring",
          "microseconds",
          "nanoseconds");
  private static final Setting<String> PLACEHOLDER =
      Setting.text(
          "unavailable.value.placeholder",
          "__debezium_unavailable_value",
          "As the connector has it: what stands for a value that it was not told.");

  /** The format's own options. */
  public static final List<Setting<?>> OPTIONS = List.of(DECIMALS, BINARIES, TIMES, PLACEHOLDER);

  private final boolean decimalsAreBytes;
  private final String binaries;
  private final String times;
  private final byte[] placeholder;

  public Modes(Settings settings) {
    decimalsAreBytes = settings.get(DECIMALS).equals("precise");
    binaries = settings.get(BINARIES);
    times = settings.get(TIMES);
    placeholder = settings.get(PLACEHOLDER).getBytes(StandardCharsets.UTF_8);
  }

  /** Whether a text for a DECIMAL is its unscaled value in base64, not its digits. */
  boolean decimalsAreBytes() {
    return decimalsAreBytes;
  }

  boolean binariesAreHex() {
    return binaries.equals("hex");
  }

  /** Whether bytes are not told as texts, other than JSON does of itself. */
  boolean binariesAreBytes() {
    return binaries.equals("bytes");
  }

  /** What a number in a TIME column counts; UNTOLD where nobody can know. */
  Meaning timeOfDay() {
    return switch (times) {
      case "connect" -> Meaning.MILLIS;
      case "adaptive_time_microseconds", "microseconds" -> Meaning.MICROS;
      case "nanoseconds" -> Meaning.NANOS;
      default -> Meaning.UNTOLD;
    };
  }

  /** What a number in a TIMESTAMP column of that precision counts. */
  Meaning timestamp(int precision) {
    return switch (times) {
      case "connect" -> Meaning.MILLIS;
      case "microseconds" -> Meaning.MICROS;
      case "nanoseconds" -> Meaning.NANOS;
      default -> precision <= 3 ? Meaning.MILLIS : Meaning.MICROS;
    };
  }

  byte[] placeholder() {
    return placeholder;
  }
}
