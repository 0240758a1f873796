package io.millrace.server;

import com.fasterxml.jackson.core.JsonGenerator;
import io.javalin.http.Context;
import io.millrace.engine.Cancellation;
import io.millrace.engine.Conductor;
import io.millrace.engine.Result;
import io.millrace.engine.StatementRequest;
import io.millrace.flow.ChangeCursor;
import io.millrace.flow.LeftOut;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.serving.ResultCursor;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs statements. A finite answer is one JSON object, {@code {"id", "columns", "rows"}} or {@code
 * {"id", "message", "details"}}. A push answer is newline-delimited JSON: first {@code {"id",
 * "columns"}}, then {@code {"op", "row"}} each, at last {@code {"end": true}} or {@code {"error"}};
 * an empty line now and then shows that the server lives. Where the answer lacks rows the end has
 * {@code "left_out": {"rows", "reason"}}.
 */
final class StatementsResource {
  private static final Duration HEARTBEAT = Duration.ofMillis(500);

  private final Conductor conductor;
  private final Map<String, Cancellation> running = new ConcurrentHashMap<>();
  private final ScheduledExecutorService timer = timer();

  StatementsResource(Conductor conductor) {
    this.conductor = conductor;
  }

  private static ScheduledExecutorService timer() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "statement-timeouts");
              thread.setDaemon(true);
              return thread;
            });
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  void execute(Context ctx) throws IOException {
    StatementBody body = StatementBody.read(ctx.bodyInputStream());
    Cancellation cancellation = new Cancellation();
    if (running.putIfAbsent(body.id(), cancellation) != null) {
      throw new MillraceException(
          ErrorCode.ALREADY_EXISTS, "Cannot run statement " + body.id() + ": the id is in use");
    }
    AtomicBoolean timedOut = new AtomicBoolean();
    var timeout =
        body.timeout()
            .map(
                after ->
                    timer.schedule(
                        () -> {
                          timedOut.set(true);
                          cancellation.cancel();
                        },
                        after.toMillis(),
                        TimeUnit.MILLISECONDS));
    try {
      answer(ctx, body, cancellation);
    } catch (MillraceException e) {
      throw timedOut.get()
          ? new MillraceException(
              ErrorCode.TIMED_OUT,
              "Cannot finish the statement in " + body.timeout().orElseThrow().toMillis() + " ms",
              e)
          : e;
    } finally {
      timeout.ifPresent(t -> t.cancel(false));
      running.remove(body.id());
    }
  }

  private void answer(Context ctx, StatementBody body, Cancellation cancellation)
      throws IOException {
    Result result =
        conductor.execute(
            new StatementRequest(
                body.statement(), body.parameters(), body.options(), cancellation));
    if (result instanceof Result.Message message) {
      ctx.contentType("application/json");
      ctx.result(
          Json.write(
              Map.of("id", body.id(), "message", message.text(), "details", message.details())));
    } else if (result instanceof Result.Rows rows) {
      try (ResultCursor cursor = rows.cursor()) {
        ctx.contentType("application/json");
        finite(ctx.outputStream(), body.id(), cursor);
      }
    } else if (result instanceof Result.Changes changes) {
      try (ChangeCursor cursor = changes.cursor()) {
        ctx.contentType("application/x-ndjson");
        push(
            // Javalin's own stream keeps what is flushed until it ends.
            ctx.res().getOutputStream(),
            body.id(),
            cursor,
            changes.limit().orElse(Long.MAX_VALUE),
            cancellation);
      }
    }
  }

  /**
   * The error of a row that fails half-way comes as a field {@code error} behind the rows: the
   * status line is on its way by then.
   */
  private static void finite(OutputStream out, String id, ResultCursor cursor) throws IOException {
    boolean first = cursor.next();
    int width = cursor.columns().size();
    try (JsonGenerator json = Json.MAPPER.createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("id", id);
      Json.columns(json, cursor.columns());
      json.writeArrayFieldStart("rows");
      MillraceException error = null;
      try {
        for (boolean more = first; more; more = cursor.next()) {
          row(json, width, cursor::value);
        }
      } catch (MillraceException e) {
        error = e;
      }
      json.writeEndArray();
      if (error != null) {
        json.writePOJOField("error", Json.error(error));
      }
      json.writeEndObject();
    }
  }

  private interface Values {
    Object at(int column);
  }

  private static void row(JsonGenerator json, int width, Values values) throws IOException {
    json.writeStartArray();
    for (int i = 0; i < width; i++) {
      Json.value(json, values.at(i));
    }
    json.writeEndArray();
  }

  private static void push(
      OutputStream out, String id, ChangeCursor cursor, long limit, Cancellation cancellation)
      throws IOException {
    int width = cursor.columns().size();
    try (JsonGenerator json = Json.MAPPER.createGenerator(out)) {
      json.setRootValueSeparator(null);
      json.writeStartObject();
      json.writeStringField("id", id);
      Json.columns(json, cursor.columns());
      json.writeEndObject();
      line(json);
      json.flush();
      try {
        long sent = 0;
        while (sent < limit && !cancellation.isCancelled()) {
          boolean waiting = !cursor.next(Duration.ZERO);
          if (waiting) {
            json.flush();
            waiting = !cursor.next(HEARTBEAT);
          }
          if (!waiting) {
            json.writeStartObject();
            json.writeStringField("op", String.valueOf(cursor.op()));
            json.writeFieldName("row");
            row(json, width, cursor::value);
            json.writeEndObject();
            line(json);
            sent++;
          } else if (cursor.finished()) {
            break;
          } else {
            line(json);
            json.flush();
          }
        }
        cursor.close();
        LeftOut leftOut = cursor.leftOut();
        json.writeStartObject();
        json.writeBooleanField("end", true);
        if (leftOut.rows() > 0) {
          json.writeObjectFieldStart("left_out");
          json.writeNumberField("rows", leftOut.rows());
          json.writeStringField("reason", leftOut.firstReason());
          json.writeEndObject();
        }
        json.writeEndObject();
      } catch (MillraceException e) {
        json.writeStartObject();
        json.writePOJOField("error", Json.error(e));
        json.writeEndObject();
      }
      line(json);
    }
  }

  private static void line(JsonGenerator json) throws IOException {
    json.writeRaw('\n');
  }

  void cancel(Context ctx) {
    String id = ctx.pathParam("id");
    Cancellation cancellation = running.get(id);
    if (cancellation == null) {
      throw new MillraceException(
          ErrorCode.NOT_FOUND, "Cannot cancel statement " + id + ": it is not running");
    }
    cancellation.cancel();
    ctx.status(204);
  }

  void cancelAll() {
    running.values().forEach(Cancellation::cancel);
    timer.shutdownNow();
  }
}
