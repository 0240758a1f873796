package io.millrace.sink.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8BufferTest {
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS");

  private final Utf8Buffer buffer = new Utf8Buffer();
  private final Random random = new Random(20_261_123);

  private String text() {
    String text = buffer.toString();
    buffer.clear();
    return text;
  }

  @Test
  void datesAreThoseOfTheJdk() {
    for (long day = -719_162; day < 2_932_897; day += 1 + random.nextInt(200)) {
      buffer.addDate(day);
      assertThat(text()).isEqualTo(LocalDate.ofEpochDay(day).toString());
    }
    buffer.addDate(LocalDate.of(2000, 2, 29).toEpochDay());
    assertThat(text()).isEqualTo("2000-02-29");
  }

  @Test
  void timesAreThoseOfTheJdk() {
    for (int i = 0; i < 10_000; i++) {
      long micros = random.nextLong() % 60_000_000_000_000_000L;
      buffer.addTimestamp(micros, 6, ' ');
      LocalDateTime expected =
          LocalDateTime.ofEpochSecond(
              Math.floorDiv(micros, 1_000_000),
              (int) Math.floorMod(micros, 1_000_000) * 1_000,
              ZoneOffset.UTC);
      assertThat(text()).isEqualTo(MICROS.format(expected));
    }
    buffer.addTime(LocalTime.parse("23:59:59.999").toNanoOfDay() / 1_000_000, 3);
    assertThat(text()).isEqualTo("23:59:59.999");
  }

  @Test
  void numbersAreThoseOfTheJdk() {
    for (long number :
        new long[] {0, -1, 9, 10, -99, 100, Long.MAX_VALUE, Long.MIN_VALUE, random.nextLong()}) {
      buffer.addLong(number);
      assertThat(text()).isEqualTo(Long.toString(number));
      for (int scale : new int[] {0, 1, 2, 18}) {
        buffer.addDecimal(number, scale);
        assertThat(text()).isEqualTo(BigDecimal.valueOf(number, scale).toPlainString());
      }
    }
  }
}
