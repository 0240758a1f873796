package io.millrace.format.debezium;

/** What a record's schema says of a value, as far as its type in JSON or Avro does not. */
enum Meaning {
  /** There is no schema, or it says no more than the type does. */
  UNTOLD,
  /** A text that is one, and not bytes. */
  TEXT,
  /** Bytes: in JSON, base64. */
  BINARY,
  /** Bytes that are the unscaled value of a decimal. */
  DECIMAL,
  DAYS,
  MILLIS,
  MICROS,
  NANOS;

  /** By the names that Debezium and Kafka Connect give to schemas. */
  static Meaning of(Told told) {
    return switch (told.name()) {
      case "io.debezium.time.Date", "org.apache.kafka.connect.data.Date" -> DAYS;
      case "io.debezium.time.Time",
          "io.debezium.time.Timestamp",
          "org.apache.kafka.connect.data.Time",
          "org.apache.kafka.connect.data.Timestamp" ->
          MILLIS;
      case "io.debezium.time.MicroTime", "io.debezium.time.MicroTimestamp" -> MICROS;
      case "io.debezium.time.NanoTime", "io.debezium.time.NanoTimestamp" -> NANOS;
      case "org.apache.kafka.connect.data.Decimal" -> DECIMAL;
      default ->
          switch (told.kind()) {
            case STRING -> TEXT;
            case BYTES -> BINARY;
            default -> UNTOLD;
          };
    };
  }
}
