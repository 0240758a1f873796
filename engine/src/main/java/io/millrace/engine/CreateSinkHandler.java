package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.EntryKey;
import io.millrace.catalog.EntryKind;
import io.millrace.catalog.Relation;
import io.millrace.catalog.SinkEntry;
import io.millrace.flow.Flow;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Nearest;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.sink.SinkConnector;
import io.millrace.sink.SinkDefinition;
import io.millrace.sql.CreateRelation;
import io.millrace.sql.CreateSink;
import io.millrace.sql.QueryText;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** CREATE SINK: checks the place it writes to, then starts the delivery. */
final class CreateSinkHandler implements StatementHandler<CreateSink> {
  private static final String STREAM_PREFIX = "_millrace_sink_";

  private final Parts parts;
  private final Discovery discovery;
  private final Derivation derivation;
  private final Removal removal;
  private final Statements statements;

  CreateSinkHandler(
      Parts parts,
      Discovery discovery,
      Derivation derivation,
      Removal removal,
      Statements statements) {
    this.parts = parts;
    this.discovery = discovery;
    this.derivation = derivation;
    this.removal = removal;
    this.statements = statements;
  }

  @Override
  public Class<CreateSink> kind() {
    return CreateSink.class;
  }

  @Override
  public boolean changesCatalog() {
    return true;
  }

  /** The stream that a sink with a query of its own reads. */
  static Name streamOf(Name sink) {
    return new Name(sink.schema(), STREAM_PREFIX + sink.object());
  }

  /** The sink whose own stream bears that name. */
  static Optional<Name> sinkOf(Name stream) {
    return stream.object().startsWith(STREAM_PREFIX)
        ? Optional.of(new Name(stream.schema(), stream.object().substring(STREAM_PREFIX.length())))
        : Optional.empty();
  }

  @Override
  public Result execute(CreateSink statement, StatementRequest request, String text) {
    Name name = statement.name();
    CatalogImage image = parts.catalog().image();
    if (image.sink(name).isPresent()) {
      if (statement.ifNotExists()) {
        return new Result.Message("Sink " + name + " exists already.");
      }
      throw new MillraceException(
          ErrorCode.ALREADY_EXISTS, "Cannot create sink " + name + ": it exists already");
    }
    Topics.checkNew(image, name);
    if (image.query(name).isPresent()) {
      throw new MillraceException(
          ErrorCode.ALREADY_EXISTS, "Cannot create sink " + name + ": a query of that name exists");
    }
    SinkConnector connector = connector(statement.type());
    List<Setting<?>> keys = new ArrayList<>(connector.settings());
    keys.addAll(Flow.sinkOptions());
    Settings.of("sink " + name, statement.options(), keys);
    Optional<Relation> made = statement.query().map(query -> internalStream(name, query, text));
    try {
      Relation from = made.orElseGet(() -> from(statement.from().orElseThrow()));
      Map<String, String> options = new TreeMap<>();
      statement.options().forEach((k, v) -> options.put(k.toLowerCase(java.util.Locale.ROOT), v));
      boolean table = from.kind() == Relation.Kind.TABLE;
      checkCapability(connector, name, table);
      Map<String, String> ofConnector = new TreeMap<>(options);
      Flow.sinkOptions().forEach(key -> ofConnector.remove(key.key()));
      connector.create(new SinkDefinition(name, from.schema(), table, ofConnector));
      SinkEntry sink =
          new SinkEntry(
              name, from.name(), connector.type(), options, 0, false, text, Instant.now());
      parts.catalog().apply(new CatalogDelta(List.of(sink), List.of()));
      startOrUndo(sink);
    } catch (RuntimeException e) {
      made.ifPresent(removal::remove);
      throw e;
    }
    return new Result.Message("Created sink " + name + ".");
  }

  private void startOrUndo(SinkEntry sink) {
    try {
      statements.startNew(sink);
    } catch (RuntimeException e) {
      parts.flow().forget(sink.name());
      parts
          .catalog()
          .apply(new CatalogDelta(List.of(), List.of(new EntryKey(EntryKind.SINK, sink.name()))));
      throw e;
    }
  }

  private Relation from(Name name) {
    discovery.adopt(List.of(name));
    return parts.catalog().image().requireRelation(name);
  }

  private Relation internalStream(Name sink, QueryText query, String text) {
    return derivation.create(
        new CreateRelation(
            streamOf(sink),
            false,
            false,
            false,
            List.of(),
            Optional.empty(),
            List.of(),
            Optional.of("The rows of sink " + sink + "."),
            Map.of("serving", "off"),
            Optional.of(query)),
        text);
  }

  private SinkConnector connector(String type) {
    List<String> types = parts.sinks().stream().map(SinkConnector::type).toList();
    return parts.sinks().stream()
        .filter(c -> c.type().equalsIgnoreCase(type))
        .findFirst()
        .orElseThrow(
            () ->
                new MillraceException(
                        ErrorCode.INVALID_OPTION, "Cannot create sink: no such kind: " + type)
                    .hint(
                        Nearest.to(type, types)
                            .map(near -> "Did you mean " + near + "?")
                            .orElse("Kinds: " + String.join(", ", types) + ".")));
  }

  private static void checkCapability(SinkConnector connector, Name name, boolean table) {
    if (table && !connector.capability().upserts()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot create sink " + name + ": " + connector.type() + " takes streams only")
          .hint("A table changes its rows; this sink can only add them.");
    }
    if (!table && !connector.capability().appends()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot create sink " + name + ": " + connector.type() + " takes tables only")
          .hint("Create a table with a PRIMARY KEY from the stream, and the sink from that.");
    }
  }
}
