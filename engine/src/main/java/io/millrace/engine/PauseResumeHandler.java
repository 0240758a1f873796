package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Query;
import io.millrace.catalog.SinkEntry;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Nearest;
import io.millrace.sql.PauseResume;
import java.util.List;
import java.util.Locale;

/** PAUSE and RESUME of queries and sinks. */
final class PauseResumeHandler implements StatementHandler<PauseResume> {
  private final Parts parts;
  private final Statements statements;

  PauseResumeHandler(Parts parts, Statements statements) {
    this.parts = parts;
    this.statements = statements;
  }

  @Override
  public Class<PauseResume> kind() {
    return PauseResume.class;
  }

  @Override
  public boolean changesCatalog() {
    return true;
  }

  @Override
  public boolean addsToLog() {
    return false;
  }

  @Override
  public Result execute(PauseResume s, StatementRequest request, String text) {
    String what = s.target().name().toLowerCase(Locale.ROOT) + " " + s.name();
    if (s.target() == PauseResume.Target.SERVING && !s.pause() && s.skipExpired()) {
      parts.serving().skipExpired(parts.catalog().image().requireRelation(s.name()).name());
      return new Result.Message("Resumed " + what + " behind what expired.");
    }
    if (s.skipExpired()) {
      throw new MillraceException(
          ErrorCode.NOT_SUPPORTED, "Cannot resume " + what + ": SKIP EXPIRED is not offered yet");
    }
    CatalogImage image = parts.catalog().image();
    return switch (s.target()) {
      case QUERY -> {
        Query query =
            image
                .query(s.name())
                .orElseThrow(
                    () -> missing(what, image.queries().stream().map(Query::name).toList(), s));
        if (s.pause() == query.paused()) {
          yield already(what, query.paused());
        }
        if (s.pause()) {
          statements.pause(query);
        } else {
          statements.start(query);
        }
        yield done(what, s.pause());
      }
      case SINK -> {
        SinkEntry sink =
            image
                .sink(s.name())
                .orElseThrow(
                    () -> missing(what, image.sinks().stream().map(SinkEntry::name).toList(), s));
        if (s.pause() == sink.paused()) {
          yield already(what, sink.paused());
        }
        if (s.pause()) {
          statements.pause(sink);
        } else {
          statements.start(sink);
        }
        yield done(what, s.pause());
      }
      case SOURCE, SERVING ->
          throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot " + (s.pause() ? "pause " : "resume ") + what + ": not offered yet");
    };
  }

  private static Result done(String what, boolean paused) {
    return new Result.Message((paused ? "Paused " : "Resumed ") + what + ".");
  }

  private static Result already(String what, boolean paused) {
    return new Result.Message(
        what.substring(0, 1).toUpperCase(Locale.ROOT)
            + what.substring(1)
            + (paused ? " is paused already." : " is running already."));
  }

  private static MillraceException missing(String what, List<Name> known, PauseResume s) {
    MillraceException error =
        new MillraceException(
            ErrorCode.NOT_FOUND,
            "Cannot " + (s.pause() ? "pause " : "resume ") + what + ": there is none");
    return Nearest.to(s.name().toString(), known.stream().map(Name::toString).toList())
        .map(near -> error.hint("Did you mean " + near + "?"))
        .orElse(error);
  }
}
