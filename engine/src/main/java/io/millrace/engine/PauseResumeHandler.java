package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Entry;
import io.millrace.catalog.Query;
import io.millrace.catalog.SinkEntry;
import io.millrace.catalog.SourceEntry;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Nearest;
import io.millrace.sql.PauseResume;
import java.util.List;
import java.util.Locale;

/** PAUSE and RESUME of queries, sources and sinks. */
final class PauseResumeHandler implements StatementHandler<PauseResume> {
  private final Parts parts;
  private final Statements statements;
  private final Sources sources;

  PauseResumeHandler(Parts parts, Statements statements, Sources sources) {
    this.parts = parts;
    this.statements = statements;
    this.sources = sources;
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
    CatalogImage image = parts.catalog().image();
    return switch (s.target()) {
      case QUERY -> {
        Query query =
            image
                .query(s.name())
                .orElseThrow(
                    () -> missing(what, image.queries().stream().map(Query::name).toList(), s));
        yield s.pause()
            ? pause(what, query.paused(), () -> pause(image, query))
            : resume(what, query, query.paused(), s.skipExpired());
      }
      case SINK -> {
        SinkEntry sink =
            image
                .sink(s.name())
                .orElseThrow(
                    () -> missing(what, image.sinks().stream().map(SinkEntry::name).toList(), s));
        yield s.pause()
            ? pause(what, sink.paused(), () -> statements.pause(sink))
            : resume(what, sink, sink.paused(), s.skipExpired());
      }
      case SOURCE -> {
        SourceEntry source =
            image
                .source(s.name())
                .orElseThrow(
                    () ->
                        missing(what, image.sources().stream().map(SourceEntry::name).toList(), s));
        yield s.pause()
            ? pause(what, source.paused(), () -> pause(source))
            : resume(what, source, s.skipExpired());
      }
      case SERVING ->
          throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot " + (s.pause() ? "pause " : "resume ") + what + ": not offered yet");
    };
  }

  /** A shared job cannot run without one of its queries and keep what that knows. */
  private void pause(CatalogImage image, Query query) {
    if (query.sharesJob()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot pause query "
                  + query.name()
                  + ": it runs in one job with those of the other tables of its source")
          .hint(
              image.sources().stream()
                  .filter(source -> source.owns(query.target()))
                  .findFirst()
                  .map(source -> "PAUSE SOURCE " + source.name() + "; stops what comes in.")
                  .orElse("Write nothing to " + query.target() + " instead."));
    }
    statements.pause(query);
  }

  private void pause(SourceEntry source) {
    sources.stop(source.name());
    parts.catalog().apply(new CatalogDelta(List.of(source.withPaused(true)), List.of()));
  }

  /** Also of one that stands still with some of its tables: they are tried again. */
  private Result resume(String what, SourceEntry source, boolean skipExpired) {
    if (skipExpired) {
      throw new MillraceException(
          ErrorCode.NOT_SUPPORTED, "Cannot resume " + what + " behind what expired: nothing does");
    }
    boolean stands =
        sources.refusal(source.name()).isPresent()
            || sources.status(source.name()).filter(st -> !st.stopped().isEmpty()).isPresent();
    if (!source.paused() && !stands) {
      return already(what, "running");
    }
    sources.stop(source.name());
    SourceEntry resumed = source.withPaused(false);
    parts.catalog().apply(new CatalogDelta(List.of(resumed), List.of()));
    sources.start(resumed);
    return new Result.Message("Resumed " + what + ".");
  }

  private static Result pause(String what, boolean paused, Runnable pause) {
    if (paused) {
      return already(what, "paused");
    }
    pause.run();
    return new Result.Message("Paused " + what + ".");
  }

  /** Also of what has stopped by itself. */
  private Result resume(String what, Entry entry, boolean paused, boolean skipExpired) {
    if (!paused && !skipExpired && !statements.hasFailed(entry)) {
      return already(what, "running");
    }
    statements.resume(entry, skipExpired);
    boolean shared = entry instanceof Query query && query.sharesJob();
    return new Result.Message(
        "Resumed "
            + what
            + (shared ? " and those that share its job" : "")
            + (skipExpired ? " behind what expired." : "."));
  }

  private static Result already(String what, String state) {
    return new Result.Message(
        what.substring(0, 1).toUpperCase(Locale.ROOT)
            + what.substring(1)
            + " is "
            + state
            + " already.");
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
