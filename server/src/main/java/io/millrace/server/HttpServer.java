package io.millrace.server;

import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.util.JavalinBindException;
import io.millrace.engine.Conductor;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP door. Routes:
 *
 * <ul>
 *   <li>{@code POST /v1/statements} runs one statement ({@link StatementsResource});
 *   <li>{@code DELETE /v1/statements/{id}} cancels one;
 *   <li>{@code POST /v1/streams/{name}/rows} takes rows in ({@link RowsResource});
 *   <li>{@code POST /v1/contracts/{name}/check} judges a schema ({@link ContractsResource});
 *   <li>{@code GET /v1/names} lists names for completion;
 *   <li>{@code GET /v1/relations/{name}} and {@code GET /v1/addresses} tell programs where rows are
 *       ({@link RelationsResource});
 *   <li>{@code GET /health} says that the server answers.
 * </ul>
 *
 * Thread-safe.
 */
public final class HttpServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

  /** Longer than any statement should hold its connection without a byte: one hour. */
  private static final long IDLE_TIMEOUT_MS = 3_600_000;

  private static final Set<ErrorCode> WORTH_ANOTHER_TRY =
      Set.of(ErrorCode.OVERLOADED, ErrorCode.KAFKA_UNAVAILABLE, ErrorCode.REGISTRY_UNAVAILABLE);

  private final Javalin javalin;
  private final StatementsResource statements;

  private HttpServer(Javalin javalin, StatementsResource statements) {
    this.javalin = javalin;
    this.statements = statements;
  }

  /** Listens; throws PORT_IN_USE where the port is taken. */
  public static HttpServer start(ServerSettings settings, Conductor conductor) {
    StatementsResource statements = new StatementsResource(conductor);
    RowsResource rows = new RowsResource(conductor);
    ContractsResource contracts = new ContractsResource(conductor);
    NamesResource names = new NamesResource(conductor);
    RelationsResource relations = new RelationsResource(conductor);
    Javalin javalin =
        Javalin.create(
            config -> {
              config.startup.showJavalinBanner = false;
              config.jetty.modifyHttpConfiguration(http -> http.setIdleTimeout(IDLE_TIMEOUT_MS));
              config.routes.post("/v1/statements", statements::execute);
              config.routes.delete("/v1/statements/{id}", statements::cancel);
              config.routes.post("/v1/streams/{name}/rows", rows::write);
              config.routes.post("/v1/contracts/{name}/check", contracts::check);
              config.routes.get("/v1/names", names::list);
              config.routes.get("/v1/relations/{name}", relations::describe);
              config.routes.get("/v1/addresses", relations::addresses);
              config.routes.get("/health", ctx -> json(ctx, 200, Map.of("status", "ok")));
              config.routes.exception(MillraceException.class, HttpServer::fail);
              config.routes.exception(Exception.class, HttpServer::fail);
            });
    try {
      javalin.start(settings.host(), settings.port());
    } catch (JavalinBindException e) {
      throw new MillraceException(
              ErrorCode.PORT_IN_USE,
              "Cannot listen on port " + settings.port() + ": it is taken",
              e)
          .hint("Set 'http.port' to another port, or to 0 for any free one.");
    }
    return new HttpServer(javalin, statements);
  }

  public int port() {
    return javalin.port();
  }

  private static void json(Context ctx, int status, Object body) throws IOException {
    ctx.status(status).contentType("application/json").result(Json.write(body));
  }

  private static void fail(Exception e, Context ctx) {
    MillraceException error =
        e instanceof MillraceException known
            ? known
            : new MillraceException(ErrorCode.INTERNAL_ERROR, "Failed to answer: " + e, e);
    if (error.code().fault() == ErrorCode.Fault.OURS) {
      LOG.error("{} {} failed", ctx.method(), ctx.path(), e);
    }
    if (error.code() == ErrorCode.UNAUTHORIZED) {
      ctx.header("WWW-Authenticate", "Bearer");
    } else if (WORTH_ANOTHER_TRY.contains(error.code())) {
      ctx.header("Retry-After", "1");
    }
    ctx.status(error.code().httpStatus())
        .contentType("application/json")
        .result(Json.write(Map.of("error", Json.error(error))));
  }

  /** Cancels running statements and stops listening. */
  @Override
  public void close() {
    statements.cancelAll();
    javalin.stop();
  }
}
