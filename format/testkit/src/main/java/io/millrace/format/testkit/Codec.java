package io.millrace.format.testkit;

import java.util.Locale;

/** The formats that are tried. */
public enum Codec {
  AVRO,
  JSON,
  DELIMITED,
  W3C,
  RAW;

  /** Its name as a format. */
  public String format() {
    return name().toLowerCase(Locale.ROOT);
  }

  boolean nests() {
    return this == AVRO || this == JSON;
  }
}
