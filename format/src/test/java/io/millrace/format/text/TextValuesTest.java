package io.millrace.format.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.format.DecodeException;
import io.millrace.format.ObjectWriter;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextValuesTest {
  private final TextValues values = new TextValues();

  private Object read(DataType type, String text) throws DecodeException {
    List<Object[]> rows = new ArrayList<>();
    ObjectWriter writer = new ObjectWriter(RowSchema.of(new Column("c", type)), rows::add);
    byte[] bytes = ("<<" + text + ">>").getBytes(StandardCharsets.UTF_8);
    writer.beginRow();
    values.read(type, bytes, 2, bytes.length - 2, 0, writer, 0);
    writer.endRow();
    return rows.get(0)[0];
  }

  @Test
  void numbersAreReadAsTheJdkReadsThem() throws Exception {
    Random random = new Random(1);
    for (int i = 0; i < 50_000; i++) {
      long number = random.nextLong() >> random.nextInt(64);
      assertThat(read(DataType.BIGINT, Long.toString(number))).isEqualTo(number);
      double value =
          i % 2 == 0
              ? Double.longBitsToDouble(random.nextLong())
              : number / Math.pow(10, random.nextInt(20));
      if (!Double.isNaN(value)) {
        assertThat(read(DataType.DOUBLE, Double.toString(value))).isEqualTo(value);
      }
      String digits =
          number
              + "."
              + random.nextInt(1_000_000)
              + (i % 3 == 0 ? "e" + (random.nextInt(60) - 30) : "");
      assertThat(read(DataType.DOUBLE, digits)).isEqualTo(Double.parseDouble(digits));
      if (Float.isFinite(Float.parseFloat(digits))) {
        assertThat(read(DataType.FLOAT, digits)).isEqualTo(Float.parseFloat(digits));
      }
    }
    for (long edge : new long[] {Long.MIN_VALUE, Long.MAX_VALUE, 0, -1}) {
      assertThat(read(DataType.BIGINT, Long.toString(edge))).isEqualTo(edge);
    }
    assertThat(read(DataType.INT, "+0000000000000000000000012")).isEqualTo(12);
    assertThat(read(DataType.DOUBLE, "-Infinity")).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(read(DataType.FLOAT, "NaN")).isEqualTo(Float.NaN);
  }

  @Test
  void decimalsAreExactOrRefused() throws Exception {
    Random random = new Random(2);
    for (int i = 0; i < 30_000; i++) {
      int precision = 1 + random.nextInt(38);
      DataType type = DataType.decimal(precision, random.nextInt(precision + 1));
      int scale = ((DataType.Decimal) type).scale();
      BigDecimal number =
          new BigDecimal(
              new java.math.BigInteger(random.nextInt(128), random)
                  .multiply(java.math.BigInteger.valueOf(random.nextBoolean() ? -1 : 1)),
              random.nextInt(45) - 4);
      String text = random.nextBoolean() ? number.toString() : number.toPlainString();
      BigDecimal expected;
      try {
        expected = number.setScale(scale, RoundingMode.UNNECESSARY);
      } catch (ArithmeticException e) {
        expected = null;
      }
      if (expected != null && expected.precision() > precision) {
        expected = null;
      }
      if (expected != null) {
        assertThat(read(type, text)).as(text + " as " + type).isEqualTo(expected);
      } else {
        assertThatThrownBy(() -> read(type, text)).isInstanceOf(DecodeException.class);
      }
    }
  }

  @Test
  void timesAreReadAsTheJdkReadsThem() throws Exception {
    Random random = new Random(3);
    for (int i = 0; i < 30_000; i++) {
      LocalDate date = LocalDate.ofEpochDay(random.nextInt(3652059) - 719528);
      LocalTime time =
          LocalTime.ofNanoOfDay(Math.floorMod(random.nextLong(), 86_400_000_000L) * 1000);
      assertThat(read(DataType.DATE, date.toString())).isEqualTo(date);
      assertThat(read(DataType.time(6), time.toString())).isEqualTo(time);
      assertThat(read(DataType.timestamp(6), date + " " + time)).isEqualTo(date.atTime(time));
      assertThat(read(DataType.timestampLtz(6), date + "T" + time + "Z"))
          .isEqualTo(
              Instant.parse(
                  date.atTime(time)
                      + (time.getSecond() == 0 && time.getNano() == 0 ? ":00Z" : "Z")));
    }
    assertThat(read(DataType.timestampLtz(3), "2026-03-01 00:30:00.9999+02:00"))
        .isEqualTo(Instant.parse("2026-02-28T22:30:00.999Z"));
    assertThat(read(DataType.timestamp(3), "1969-12-31T23:59:59.9999"))
        .isEqualTo(LocalDateTime.parse("1969-12-31T23:59:59.999"));
    assertThat(read(DataType.timestampLtz(3), "2026-03-01T00:30"))
        .isEqualTo(Instant.parse("2026-03-01T00:30:00Z"));
  }

  @Test
  void bytesAreBase64() throws Exception {
    Random random = new Random(4);
    for (int i = 0; i < 1000; i++) {
      byte[] bytes = new byte[random.nextInt(20)];
      random.nextBytes(bytes);
      assertThat(read(DataType.BYTES, Base64.getEncoder().encodeToString(bytes))).isEqualTo(bytes);
      assertThat(
              read(DataType.BYTES, Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)))
          .isEqualTo(bytes);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "INT | 2147483648 | out of range: '2147483648'",
        "INT | -2147483649 | out of range: '-2147483649'",
        "INT | 1.0 | not a number: '1.0'",
        "INT | '' | not a number: ''",
        "INT | - | not a number: '-'",
        "INT | ' 1' | not a number: ' 1'",
        "BIGINT | 9223372036854775808 | out of range: '9223372036854775808'",
        "BIGINT | 99999999999999999999x | not a number: '99999999999999999999x'",
        "DOUBLE | 1d | not a number: '1d'",
        "DOUBLE | 0x1p3 | not a number: '0x1p3'",
        "DOUBLE | 1e | not a number: '1e'",
        "DOUBLE | 1e999 | out of range: '1e999'",
        "DOUBLE | . | not a number: '.'",
        "BOOLEAN | yes | not a boolean: 'yes'",
        "DATE | 2026-02-29 | no such day: '2026-02-29'",
        "DATE | 2026-1-1 | not a date as yyyy-MM-dd: '2026-1-1'",
        "TIME(3) | 24:00:00 | no such time: '24:00:00'",
        "TIME(3) | 12:00:00. | not a fraction of a second: '12:00:00.'",
        "TIMESTAMP(3) | 2026-01-01T00:00:00Z | not a timestamp without a zone: '2026-01-01T00:00:00Z'",
        "TIMESTAMP_LTZ(3) | 2026-01-01T00:00:00+1 | not an offset as +hh:mm or Z: '2026-01-01T00:00:00+1'",
        "BYTES | a | not base64: 'a'",
        "BYTES | ab=c | not base64: 'ab=c'",
        "'DECIMAL(4, 2)' | 100 | 'out of range for DECIMAL(4, 2): ''100'''",
        "'DECIMAL(4, 2)' | 1.001 | 'not exact at scale 2: ''1.001'''",
        "'DECIMAL(4, 2)' | 1e2147483648 | 'out of range for DECIMAL(4, 2): ''1e2147483648'''",
      })
  void whatIsNotExactlyAValueIsRefusedWithTheReason(String type, String text, String reason) {
    assertThatThrownBy(() -> read(io.millrace.model.TypeParser.parse(type), text))
        .isInstanceOfSatisfying(
            DecodeException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(reason);
              assertThat(e.position()).isEqualTo(2);
              assertThat(e.getStackTrace()).isEmpty();
            });
  }
}
