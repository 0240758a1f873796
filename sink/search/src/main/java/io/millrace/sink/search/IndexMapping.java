package io.millrace.sink.search;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The fields of an index, made from a contract or held against it. A value that a field's type does
 * not take (NaN, a year 10000) is in the document all the same, only not found by a search: fields
 * ignore what is malformed.
 */
final class IndexMapping {
  private static final Set<String> TEXTS = Set.of("text", "keyword", "wildcard", "match_only_text");
  private static final Set<String> WHOLE = Set.of("long", "unsigned_long");
  private static final Set<String> FLOATING =
      Set.of("double", "float", "half_float", "scaled_float");

  private final SearchClient client;
  private final SearchIndex index;
  private final RowSchema schema;

  IndexMapping(SearchClient client, SearchIndex index, RowSchema schema) {
    this.client = client;
    this.index = index;
    this.schema = schema;
  }

  /**
   * Creates the index or adds the fields that it lacks, where that is allowed; throws SINK_FAILED
   * naming the field where one is missing or of a type that does not take the column's values.
   *
   * @param keepDeleted in seconds
   */
  void prepare(boolean mayCreate, long keepDeleted) throws IOException {
    Optional<JsonNode> there = client.mapping();
    ObjectNode missing = missing(there, mayCreate);
    if (there.isEmpty()) {
      ObjectNode body = JsonNodeFactory.instance.objectNode();
      body.putObject("settings").put("index.gc_deletes", keepDeleted + "s");
      ObjectNode mappings = body.putObject("mappings").put("dynamic", false);
      mappings.set("properties", properties(schema.columns()));
      client.put("", body);
    } else if (!missing.isEmpty()) {
      ObjectNode body = JsonNodeFactory.instance.objectNode();
      body.set("properties", missing);
      client.put("/_mapping", body);
    }
  }

  /** Throws what {@link #prepare} would throw, and changes nothing. */
  void check(boolean mayCreate) throws IOException {
    missing(client.mapping(), mayCreate);
  }

  /** The fields that an index lacks, once all others are known to fit. */
  private ObjectNode missing(Optional<JsonNode> there, boolean mayCreate) {
    ObjectNode missing = JsonNodeFactory.instance.objectNode();
    if (there.isEmpty()) {
      if (!mayCreate) {
        throw unfit("Cannot find " + index, "Create it, or set 'create-index' = 'on'.");
      }
      return missing;
    }
    // An alias is answered by the name of its index.
    JsonNode fields = there.get().elements().next().path("mappings").path("properties");
    for (Column column : schema.columns()) {
      JsonNode field = fields.path(column.name());
      if (field.isMissingNode()) {
        missing.set(column.name(), field(column.type()));
      } else {
        check(column, field.path("type").asText("object"));
      }
    }
    if (!missing.isEmpty() && !mayCreate) {
      throw unfit(
          "Cannot write to "
              + index
              + ": it has no field "
              + String.join(", ", (Iterable<String>) missing::fieldNames),
          "Add it to the index, or set 'create-index' = 'on'.");
    }
    return missing;
  }

  private void check(Column column, String type) {
    boolean takes =
        switch (column.type().kind()) {
          case BOOLEAN -> type.equals("boolean") || type.equals("keyword");
          case INT -> type.equals("integer") || WHOLE.contains(type) || TEXTS.contains(type);
          case BIGINT -> WHOLE.contains(type) || TEXTS.contains(type);
          case FLOAT, DOUBLE, DECIMAL -> FLOATING.contains(type) || TEXTS.contains(type);
          case STRING, TIME -> TEXTS.contains(type);
          case BYTES -> type.equals("binary") || type.equals("keyword");
          case DATE, TIMESTAMP, TIMESTAMP_LTZ ->
              type.equals("date") || type.equals("date_nanos") || TEXTS.contains(type);
          case ARRAY -> true; // of what, no mapping says
          case MAP, ROW -> Set.of("object", "nested", "flattened", "flat_object").contains(type);
        };
    if (!takes) {
      throw unfit(
          "Cannot write to "
              + index
              + ": column "
              + column.name()
              + " is "
              + column.type()
              + ", the field there is "
              + type,
          "Deliver a query that casts the column, or write to another index.");
    }
  }

  private static MillraceException unfit(String message, String hint) {
    return new MillraceException(ErrorCode.SINK_FAILED, message).hint(hint);
  }

  private static ObjectNode properties(List<Column> columns) {
    ObjectNode properties = JsonNodeFactory.instance.objectNode();
    columns.forEach(column -> properties.set(column.name(), field(column.type())));
    return properties;
  }

  private static ObjectNode field(DataType type) {
    ObjectNode field = JsonNodeFactory.instance.objectNode();
    switch (type.kind()) {
      case BOOLEAN -> field.put("type", "boolean");
      case INT -> field.put("type", "integer");
      case BIGINT -> field.put("type", "long");
      case FLOAT -> field.put("type", "float").put("ignore_malformed", true);
      case DOUBLE, DECIMAL -> field.put("type", "double").put("ignore_malformed", true);
      case STRING -> {
        // As both servers map a text of which they are told nothing.
        field.put("type", "text");
        field
            .putObject("fields")
            .putObject("keyword")
            .put("type", "keyword")
            .put("ignore_above", 256);
      }
      case BYTES -> field.put("type", "binary");
      case TIME -> field.put("type", "keyword");
      case DATE, TIMESTAMP, TIMESTAMP_LTZ ->
          field.put("type", "date").put("ignore_malformed", true);
      case ARRAY -> {
        return field(((DataType.Array) type).element());
      }
      // Its keys are data: as fields they would be without end.
      case MAP -> field.put("type", "object").put("enabled", false);
      case ROW -> field.set("properties", properties(((DataType.Row) type).fields()));
    }
    return field;
  }
}
