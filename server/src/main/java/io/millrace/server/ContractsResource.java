package io.millrace.server;

import io.javalin.http.Context;
import io.millrace.catalog.Relation;
import io.millrace.engine.Conductor;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import java.util.Locale;
import java.util.Optional;

/**
 * Judges schemas: {@code POST /v1/contracts/{name}/check?kind=table}. The body is the schema as it
 * stands in an .avsc file. The answer says whether it may be the next version of the contract, what
 * speaks against it, and what would become of each dependant; nothing is registered.
 */
final class ContractsResource {
  private final Conductor conductor;

  ContractsResource(Conductor conductor) {
    this.conductor = conductor;
  }

  void check(Context ctx) {
    Name name = Name.parse(ctx.pathParam("name"));
    ctx.contentType("application/json")
        .result(
            Json.write(
                conductor.checkContract(name, kind(ctx.queryParam("kind")), ctx.body()).told()));
  }

  private static Optional<Relation.Kind> kind(String text) {
    if (text == null) {
      return Optional.empty();
    }
    for (Relation.Kind kind : Relation.Kind.values()) {
      if (kind.toString().equals(text.toLowerCase(Locale.ROOT))) {
        return Optional.of(kind);
      }
    }
    throw new MillraceException(ErrorCode.INVALID_REQUEST, "Invalid value for 'kind': " + text)
        .hint("Use stream or table, or leave it out.");
  }
}
