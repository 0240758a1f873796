package io.millrace.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.javalin.http.Context;
import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.engine.Conductor;
import io.millrace.format.FileDecoder;
import io.millrace.format.Formats;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Settings;
import io.millrace.source.OnError;
import io.millrace.source.RowsWriter;
import io.millrace.source.RowsWriter.WriteResult;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * Takes rows into a stream or table: {@code POST
 * /v1/streams/{name}/rows?format=json&on-error=reject}. The body is one file in that format,
 * streamed and written in one Kafka transaction. Other query parameters are options of the format.
 * The answer says how many rows were accepted, where they end, and which were refused and why; with
 * {@code on-error=reject} one refused row refuses them all. A request with an {@code
 * Idempotency-Key} is written once, however often it is sent within a day. Where the relation has a
 * token the request must bring it.
 */
final class RowsResource {
  private final Conductor conductor;

  RowsResource(Conductor conductor) {
    this.conductor = conductor;
  }

  void write(Context ctx) throws IOException {
    Name name = Name.parse(ctx.pathParam("name"));
    Map<String, String> options = new HashMap<>();
    ctx.queryParamMap().forEach((key, values) -> options.put(key, values.get(0)));
    String format = options.getOrDefault("format", "json").toLowerCase(Locale.ROOT);
    OnError onError = onError(options.getOrDefault("on-error", "reject"));
    options.keySet().removeAll(List.of("format", "on-error"));
    Relation target = conductor.relation(name);
    requireToken(ctx, target);
    conductor.requireWritable(target);
    if (target.filledBy().isPresent() && !History.isKeptOf(target)) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot write rows to " + name + ": its continuous query fills it")
          .hint("Write to what the query reads.");
    }
    Settings.of("format " + format, options, Formats.options(format));
    Formats formats = conductor.parts().formats();
    FileDecoder decoder = formats.fileDecoder(format, options, target.schema());
    String key = ctx.header("Idempotency-Key");
    RowsWriter rows = conductor.parts().rows();
    WriteResult result =
        key == null
            ? rows.write(target, decoder, body(ctx), onError)
            : rows.write(target, decoder, body(ctx), onError, unquoted(key));
    if (result.repeated()) {
      ctx.header("Idempotent-Replayed", "true");
    }
    boolean rejected = onError == OnError.REJECT && result.refusedCount() > 0;
    ctx.status(rejected ? ErrorCode.ROW_REFUSED.httpStatus() : 200)
        .contentType("application/json")
        .result(Json.write(answer(name, result, rejected)));
  }

  private void requireToken(Context ctx, Relation target) {
    Optional<String> token = conductor.token(target);
    String sent = ctx.header("Authorization");
    if (token.isPresent()
        && (sent == null
            || !MessageDigest.isEqual(
                ("Bearer " + token.get()).getBytes(UTF_8), sent.strip().getBytes(UTF_8)))) {
      throw new MillraceException(
              ErrorCode.UNAUTHORIZED,
              "Cannot write to "
                  + target.name()
                  + (sent == null ? ": the request brings no token" : ": the token is another"))
          .hint("Send 'Authorization: Bearer TOKEN'.");
    }
  }

  /** A string of structured fields (RFC 8941) stands in quotes; many send it without. */
  private static String unquoted(String key) {
    return key.length() > 1 && key.startsWith("\"") && key.endsWith("\"")
        ? key.substring(1, key.length() - 1)
        : key;
  }

  private static InputStream body(Context ctx) throws IOException {
    InputStream body = ctx.bodyInputStream();
    return "gzip".equalsIgnoreCase(ctx.header("Content-Encoding"))
        ? new GZIPInputStream(body)
        : body;
  }

  private static OnError onError(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "reject" -> OnError.REJECT;
      case "skip" -> OnError.SKIP;
      default ->
          throw new MillraceException(
                  ErrorCode.INVALID_REQUEST, "Invalid value for 'on-error': " + text)
              .hint("Use reject or skip.");
    };
  }

  private static Map<String, Object> answer(Name name, WriteResult result, boolean rejected) {
    Map<String, Object> answer = new LinkedHashMap<>();
    if (rejected) {
      answer.put(
          "error",
          Json.error(
              new MillraceException(
                      ErrorCode.ROW_REFUSED,
                      "Cannot write to "
                          + name
                          + ": "
                          + result.refusedCount()
                          + (result.refusedCount() == 1 ? " row was" : " rows were")
                          + " refused, none was written")
                  .hint("Mend them, or write the others with on-error=skip.")));
    }
    answer.put("accepted", result.accepted());
    answer.put("refused", result.refusedCount());
    answer.put("positions", result.positions().toString());
    if (result.repeated()) {
      answer.put("repeated", true);
    }
    answer.put(
        "refusals",
        result.refused().stream()
            .map(
                r -> {
                  Map<String, Object> row = new LinkedHashMap<>();
                  row.put("row", r.row());
                  row.put("field", r.field());
                  row.put("reason", r.reason());
                  row.put("text", r.text());
                  return row;
                })
            .toList());
    return answer;
  }
}
