package io.millrace.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
  private static final Setting<Duration> RETENTION =
      Setting.duration("retention", "7 days", "How long rows are kept.");
  private static final Setting<Long> MAX_BYTES =
      Setting.bytes("max-bytes", null, "Size of a file.");
  private static final Setting<String> PASSWORD = Setting.text("password", null, "The password.");
  private static final Setting<ErrorCode.Fault> FAULT =
      Setting.oneOf("fault", ErrorCode.Fault.class, "user", "Whose fault.");
  private static final List<Setting<?>> KNOWN = List.of(RETENTION, MAX_BYTES, PASSWORD, FAULT);

  @Test
  void valuesAreReadWithTheirUnitsAndDefaults() {
    Settings settings = Settings.of("stream s", Map.of("MAX-BYTES", "64 MB"), KNOWN);
    assertThat(settings.get(MAX_BYTES)).isEqualTo(64L << 20);
    assertThat(settings.get(RETENTION)).isEqualTo(Duration.ofDays(7));
    assertThat(settings.get(FAULT)).isEqualTo(ErrorCode.Fault.USER);
  }

  @Test
  void aKeyOfCapitalsIsShownAsItIsDeclared() {
    Setting<String> start = Setting.text("startingOffsets", "latest", "Where it begins.");
    Settings settings =
        Settings.of("source s", Map.of("STARTINGOFFSETS", "earliest"), List.of(start));
    assertThat(settings.get(start)).isEqualTo("earliest");
    assertThat(settings.isSet(start)).isTrue();
    assertThatThrownBy(() -> Settings.of("source s", Map.of("startOffsets", "0"), List.of(start)))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.hint()).hasValue("Did you mean 'startingOffsets'?"));
  }

  @Test
  void anUnknownKeyIsRefusedWithTheNearestKnownOne() {
    assertThatThrownBy(() -> Settings.of("stream s", Map.of("retenton", "1 day"), KNOWN))
        .hasMessage("Invalid key for stream s: retenton")
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.hint()).hasValue("Did you mean 'retention'?"));
  }

  @Test
  void aValueWithoutItsUnitIsRefused() {
    assertThatThrownBy(() -> Settings.of("stream s", Map.of("retention", "7"), KNOWN))
        .hasMessage("Invalid value for 'retention': 7")
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.hint()).hasValue("Write a number and ms, s, min, h or days."));
  }

  @Test
  void aSecretIsResolvedWhenReadAndNeverStored(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("secret"), "hush\n");
    String reference = "${file:" + file + "}";
    Settings settings = Settings.of("sink s", Map.of("password", reference), KNOWN);
    assertThat(settings.get(PASSWORD)).isEqualTo("hush");
    assertThat(settings.asWritten()).containsEntry("password", reference);
  }

  @Test
  void aSecretInAStatementHasToBeAReference() {
    List<Setting<?>> secrets = List.of(PASSWORD);
    for (String value : List.of("${env:HOME}", " ${file:/etc/key} ", "")) {
      Settings.requireReferences(Map.of("PASSWORD", value, "path", "open"), secrets);
    }
    for (String value : List.of("hush", "${env:HOME}x", "x${file:/etc/key}")) {
      assertThatThrownBy(() -> Settings.requireReferences(Map.of("Password", value), secrets))
          .hasMessage("Invalid value for 'Password': a secret is not written into a statement");
    }
  }

  @Test
  void aSecretWithinAnAddressHasToBeAReferenceToo() {
    for (String value :
        List.of(
            "jdbc:postgresql://h:5432/d?ssl=true",
            "jdbc:postgresql://h/d?user=u&password=${env:PW}",
            "redis://u:${env:PW}@h",
            "mongodb://h:27017,i:27017",
            "https://h/a@b",
            "SELECT x FROM t WHERE u = '://u:pw@h'")) {
      Settings.requireReferences(Map.of("url", value), List.of());
    }
    for (String value :
        List.of(
            "jdbc:postgresql://h:5432/d?password=hush",
            "jdbc:mysql://h/d?user=u&Password=hush&x=y",
            "jdbc:sqlserver://h;user=u;password=hush",
            "jdbc:postgresql://h/d?sslpassword=hush",
            "redis://:hush@h",
            " mongodb+srv://u:hush@h/d")) {
      assertThatThrownBy(() -> Settings.requireReferences(Map.of("url", value), List.of()))
          .as(value)
          .hasMessage("Invalid value for 'url': a secret is not written into a statement");
    }
  }

  @Test
  void aMissingValueSaysWhatItMeans() {
    Settings settings = Settings.of("sink s", Map.of(), KNOWN);
    assertThatThrownBy(() -> settings.get(PASSWORD))
        .hasMessage("Cannot go on: 'password' is not set");
  }
}
