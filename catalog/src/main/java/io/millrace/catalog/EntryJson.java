package io.millrace.catalog;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.FromStringDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.TypeParser;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;

/**
 * An entry as JSON, tagged by its kind. Names and types are their text, instants ISO 8601. Fields
 * that this version does not know are skipped, so that an older server reads what a newer one
 * wrote.
 */
final class EntryJson {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(new JavaTimeModule())
          .addModule(
              new SimpleModule()
                  .addSerializer(new AsText<>(Name.class, EntryJson::text))
                  .addDeserializer(Name.class, new FromText<>(Name.class, Name::parse))
                  .addSerializer(new AsText<>(DataType.class, DataType::toString))
                  .addDeserializer(
                      DataType.class, new FromText<>(DataType.class, TypeParser::parse)))
          .addMixIn(Entry.class, Tagged.class)
          .visibility(PropertyAccessor.GETTER, JsonAutoDetect.Visibility.NONE)
          .visibility(PropertyAccessor.IS_GETTER, JsonAutoDetect.Visibility.NONE)
          .visibility(PropertyAccessor.FIELD, JsonAutoDetect.Visibility.ANY)
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_INVALID_SUBTYPE)
          .build();

  /** The property is not "kind" or "type": entries have components of those names. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "entry")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = SchemaEntry.class, name = "schema"),
    @JsonSubTypes.Type(value = Relation.class, name = "relation"),
    @JsonSubTypes.Type(value = View.class, name = "view"),
    @JsonSubTypes.Type(value = Query.class, name = "query"),
    @JsonSubTypes.Type(value = SourceEntry.class, name = "source"),
    @JsonSubTypes.Type(value = SinkEntry.class, name = "sink")
  })
  private interface Tagged {}

  private static final class AsText<T> extends StdSerializer<T> {
    private static final long serialVersionUID = 1L;

    private final transient Function<T, String> text;

    AsText(Class<T> type, Function<T, String> text) {
      super(type);
      this.text = text;
    }

    @Override
    public void serialize(T value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeString(text.apply(value));
    }
  }

  private static final class FromText<T> extends FromStringDeserializer<T> {
    private static final long serialVersionUID = 1L;

    private final transient Function<String, T> reader;

    FromText(Class<T> type, Function<String, T> reader) {
      super(type);
      this.reader = reader;
    }

    @Override
    protected T _deserialize(String text, DeserializationContext context) {
      return reader.apply(text);
    }
  }

  private EntryJson() {}

  /**
   * A name whose object holds a dot, as a foreign topic's may, needs its schema to be read back.
   */
  private static String text(Name name) {
    return name.object().contains(".") ? name.schema() + "." + name.object() : name.toString();
  }

  static String write(Entry entry) {
    try {
      return MAPPER.writerFor(Entry.class).writeValueAsString(entry);
    } catch (JsonProcessingException e) {
      throw new MillraceException(
          ErrorCode.INTERNAL_ERROR, "Cannot write " + entry.key() + " as JSON", e);
    }
  }

  /** The entry; nothing where it is of a kind that this version does not know. */
  static Optional<Entry> read(String json) {
    try {
      return Optional.ofNullable(MAPPER.readValue(json, Entry.class));
    } catch (JsonProcessingException e) {
      throw new MillraceException(
              ErrorCode.INTERNAL_ERROR,
              "Cannot read the catalog's entry, which another version wrote, or somebody by hand: "
                  + e.getOriginalMessage(),
              e)
          .hint("Start the version that wrote it, or drop it and create it again.");
    }
  }
}
