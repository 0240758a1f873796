package io.millrace.registry.server;

import io.millrace.registry.Compatibility;
import io.millrace.registry.server.AvroTexts.Parsed;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;

/**
 * Whether a new schema fits earlier ones at a level, by Avro's own rules and in the words of
 * Confluent's registry, which tools take apart. Our client says the same in plain sentences.
 */
final class CompatibilityMessages {
  /** Confluent's registry cuts longer schemas off. */
  private static final int LONGEST_SCHEMA = 10 * 1024;

  private CompatibilityMessages() {}

  /** An earlier version. */
  record Earlier(int version, Parsed parsed) {}

  /** What the newest of the earlier versions that does not fit has against the schema. */
  static List<String> messages(Compatibility level, Schema schema, List<Earlier> lowestFirst) {
    if (level == Compatibility.NONE) {
      return List.of();
    }
    int from = level.isTransitive() ? 0 : Math.max(lowestFirst.size() - 1, 0);
    for (int i = lowestFirst.size() - 1; i >= from; i--) {
      Earlier earlier = lowestFirst.get(i);
      List<String> messages = new ArrayList<>();
      if (level.isForward()) {
        messages.addAll(differences(earlier.parsed().schema(), "old", schema, "new"));
      }
      if (level.isBackward()) {
        messages.addAll(differences(schema, "new", earlier.parsed().schema(), "old"));
      }
      if (!messages.isEmpty()) {
        messages.add("{oldSchemaVersion: " + earlier.version() + "}");
        String text = earlier.parsed().text();
        messages.add(
            text.length() <= LONGEST_SCHEMA
                ? "{oldSchema: '" + text + "'}"
                : "{oldSchema: <truncated> '" + text.substring(0, LONGEST_SCHEMA) + "...'}");
        messages.add("{validateFields: 'false', compatibility: '" + level + "'}");
        return messages;
      }
    }
    return List.of();
  }

  private static List<String> differences(
      Schema reader, String readerName, Schema writer, String writerName) {
    List<Incompatibility> differences;
    try {
      differences =
          SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
              .getResult()
              .getIncompatibilities();
    } catch (AvroRuntimeException e) {
      // Where an alias makes two fields of the writer one of the reader.
      return List.of("Unexpected exception during compatibility check: " + e.getMessage());
    }
    return differences.stream().map(d -> message(d, readerName, writerName)).toList();
  }

  private static String message(Incompatibility difference, String reader, String writer) {
    String path = "path '" + difference.getLocation() + "'";
    String what = difference.getMessage();
    String description =
        switch (difference.getType()) {
          case FIXED_SIZE_MISMATCH ->
              "The size of FIXED type field at %s in the %s schema does not match with the %s schema"
                  .formatted(path, reader, writer);
          case TYPE_MISMATCH ->
              "The type (%s) of a field in the %s schema does not match with the %s schema"
                  .formatted(path, reader, writer);
          case NAME_MISMATCH -> "The name of the schema has changed (%s)".formatted(path);
          case MISSING_ENUM_SYMBOLS ->
              "The %s schema is missing enum symbols '%s' at %s in the %s schema"
                  .formatted(reader, what, path, writer);
          case MISSING_UNION_BRANCH ->
              "The %s schema is missing a type inside a union field at %s in the %s schema"
                  .formatted(reader, path, writer);
          case READER_FIELD_MISSING_DEFAULT_VALUE ->
              "The field '%s' at %s in the %s schema has no default value and is missing in the %s schema"
                  .formatted(what, path, reader, writer);
        };
    return "{errorType:'%s', description:'%s', additionalInfo:'%s'}"
        .formatted(difference.getType(), description, what);
  }
}
