package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Relation;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.sql.Statement;
import io.millrace.sql.StatementParser;
import io.millrace.sql.WatermarkDefinition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Executes statements, one handler per kind, and keeps what should run running. Thread-safe:
 * statements that change the catalog run one at a time, all others side by side.
 */
public final class Conductor implements AutoCloseable {
  private final Parts parts;
  private final Topics topics;
  private final Discovery discovery;
  private final Statements statements;
  private final Sources sources;
  private final ContractCheck contractCheck;
  private final Map<Class<?>, StatementHandler<?>> handlers = new HashMap<>();
  private final ReentrantLock changes = new ReentrantLock();
  private final Retries retries = new Retries(changes);

  private Conductor(Parts parts, EngineSettings settings) {
    this.parts = parts;
    this.topics = new Topics(parts, settings);
    this.discovery = new Discovery(parts, topics);
    Letters letters = new Letters(parts);
    this.statements = new Statements(parts, discovery, letters, retries);
    Evolution evolution = new Evolution(parts, topics, statements);
    Histories histories = new Histories(parts, topics, statements, evolution, settings);
    Derivation derivation =
        new Derivation(parts, settings, topics, histories, discovery, statements);
    Alterations alterations = new Alterations(parts, evolution);
    this.sources = new Sources(parts, histories, changes);
    Removal removal = new Removal(parts, topics, statements, sources);
    List<AlterHandler<?>> alters =
        List.of(
            new AlterAddColumnHandler(alterations, histories),
            new AlterColumnTypeHandler(parts, alterations, derivation),
            new AlterSetHandler(parts, topics, statements));
    this.contractCheck = new ContractCheck(parts, discovery, histories, derivation);
    List.of(
            new CreateSchemaHandler(parts),
            new CreateRelationHandler(parts, topics, derivation, histories, statements),
            new CreateQueryHandler(parts, discovery, statements),
            new CreateViewHandler(parts, discovery),
            new CreateSinkHandler(parts, discovery, derivation, removal, statements),
            new CreateSourceHandler(parts, discovery, histories, removal, statements, sources),
            new InsertValuesHandler(parts, discovery),
            new InsertQueryHandler(parts, discovery),
            new UpdateHandler(parts, discovery),
            new DeleteHandler(parts, discovery),
            new SelectHandler(parts, discovery),
            new PushSelectHandler(parts, discovery),
            new PreviewHandler(parts, discovery),
            new PrintHandler(parts),
            new ShowHandler(parts, statements, sources, letters),
            new ReplayHandler(letters),
            new ShowCreateHandler(parts, discovery),
            new ShowContractHandler(parts, discovery),
            new DescribeHandler(parts, discovery),
            new ExplainHandler(parts, discovery, alters),
            new PauseResumeHandler(parts, statements, sources),
            new DropHandler(parts, removal))
        .forEach(handler -> handlers.put(handler.kind(), handler));
    alters.forEach(handler -> handlers.put(handler.kind(), handler));
    removal.finishInterrupted();
    topics.ensureInternal();
    topics.serveAll();
    statements.resumeAll();
    sources.startAll();
  }

  /**
   * Finishes what a crash interrupted, fills the serving copies and starts every query and sink
   * that is not paused.
   */
  public static Conductor start(Parts parts, EngineSettings settings) {
    return new Conductor(parts, settings);
  }

  /** What exists now. */
  public CatalogImage image() {
    return parts.catalog().image();
  }

  /** The stream or table of that name; a foreign topic with a contract is taken in when named. */
  public Relation relation(Name name) {
    discovery.adopt(List.of(name));
    return image().requireRelation(name);
  }

  /** NOT_SUPPORTED for what a source or another system fills. */
  public void requireWritable(Relation target) {
    Sources.refuseWrites(image(), target);
  }

  /** The bearer token without which no rows are taken in over HTTP, where the relation has one. */
  public Optional<String> token(Relation target) {
    return RelationOptions.token(target);
  }

  /**
   * What would come of a schema, in Avro's JSON, were it the next version of the contract of that
   * stream or table; nothing is changed. {@code kind}, where given, has to be the object's.
   */
  public ContractVerdict checkContract(Name name, Optional<Relation.Kind> kind, String schema) {
    return contractCheck.check(name, kind, schema);
  }

  /** Where Kafka and the registry are, as this server reaches them. */
  public Map<String, String> addresses() {
    return Map.of(
        "kafka",
        parts.log().settings().bootstrap(),
        "registry",
        parts.contracts().settings().url());
  }

  /** The column of the relation's WATERMARK; none where that is the record's timestamp. */
  public Optional<String> eventTime(Relation relation) {
    return relation
        .watermark()
        .map(WatermarkDefinition::column)
        .filter(
            column ->
                relation.metadata().stream()
                    .noneMatch(
                        metadata ->
                            metadata.name().equalsIgnoreCase(column)
                                && metadata.key().equals("timestamp")));
  }

  public Parts parts() {
    return parts;
  }

  /** Throws a {@link MillraceException} with the place in the text where it can be told. */
  public Result execute(StatementRequest request) {
    return handle(StatementParser.parse(request.text()), request);
  }

  private <S extends Statement> Result handle(S statement, StatementRequest request) {
    @SuppressWarnings("unchecked") // the map is keyed by each handler's own kind
    StatementHandler<S> handler = (StatementHandler<S>) handlers.get(statement.getClass());
    if (handler == null) {
      throw new MillraceException(
          ErrorCode.NOT_SUPPORTED,
          "Cannot execute " + statement.getClass().getSimpleName() + ": not offered yet");
    }
    if (handler.addsToLog()) {
      parts.log().disk().require("execute the statement");
    }
    if (!handler.changesCatalog()) {
      return handler.execute(statement, request, request.text());
    }
    changes.lock();
    try {
      request.cancellation().check();
      return handler.execute(statement, request, request.text());
    } finally {
      changes.unlock();
    }
  }

  /**
   * Stops conducting and ends the sources; queries and sinks go on in the parts until those are
   * closed.
   */
  @Override
  public void close() {
    retries.close();
    sources.close();
    changes.lock();
  }
}
