package io.millrace.serving;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.MillraceException.Place;
import io.millrace.model.Nearest;
import java.util.Collection;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes Millrace's errors of DuckDB's: one sentence, a hint and a place, without its drawings. */
final class DuckDbErrors {
  private static final Pattern KIND = Pattern.compile("^([A-Za-z ]+) Error: ", Pattern.DOTALL);
  private static final Pattern ARROW =
      Pattern.compile("^\\[errno .*?message=(.*)}$", Pattern.DOTALL);
  private static final Pattern LINE =
      Pattern.compile("\\n\\s*LINE (\\d+): (.*)\\n( *)(\\^+)\\s*$", Pattern.DOTALL);
  private static final Pattern MISSING =
      Pattern.compile("^Table with name \"?(.+?)\"? does not exist.*");
  private static final Pattern ADVICE =
      Pattern.compile("(?m)^(Did you mean .*|Candidate .*|LINE .*)$");
  private static final String MASKED = "Invalid result set";
  private static final String CUT = "...";

  private DuckDbErrors() {}

  /** What went wrong, without DuckDB's kind, place and advice. */
  static String plain(String message) {
    String text = unwrapped(message);
    text = LINE.matcher(text).replaceFirst("");
    text = KIND.matcher(text).replaceFirst("");
    text = ADVICE.matcher(text).replaceAll("");
    return text.strip().replaceAll("\\s*\\n\\s*", " ").replaceAll("[.!]$", "");
  }

  /** DuckDB's message where it comes through Arrow's border. */
  private static String unwrapped(String message) {
    Matcher arrow = ARROW.matcher(message == null ? "no reason given" : message);
    return arrow.matches() ? arrow.group(1) : arrow.replaceAll("$0");
  }

  private static String kind(String message) {
    Matcher kind = KIND.matcher(message);
    return kind.find() ? kind.group(1) : "";
  }

  /** Whether the database does nothing more until it is opened anew. */
  static boolean isFatal(Exception e) {
    String message = unwrapped(e.getMessage());
    return kind(message).equals("FATAL") || message.contains("has been invalidated");
  }

  /** Also where a checkpoint of the database fails for it, which every query then hears of. */
  private static boolean isShortOfMemory(String message) {
    return kind(message).equals("Out of Memory") || message.contains("memory_limit");
  }

  /** A failure of our own work on the copies. */
  static MillraceException inWrite(Exception e) {
    String message = unwrapped(e.getMessage());
    if (message.contains("No space left on device")) {
      return new MillraceException(
          ErrorCode.DISK_FULL, "Cannot write serving copies: no space is left on the disk", e);
    }
    if (isShortOfMemory(message)) {
      return new MillraceException(
              ErrorCode.OUT_OF_MEMORY,
              "Cannot write serving copies: they need more memory than DuckDB may use",
              e)
          .hint("Raise serving.memory-limit.");
    }
    return new MillraceException(
        ErrorCode.INTERNAL_ERROR, "Cannot write serving copies: " + plain(e.getMessage()), e);
  }

  /** A failure of a query; {@code known} are the names it could have meant. */
  static MillraceException inQuery(Exception e, String sql, Collection<String> known) {
    String message = unwrapped(e.getMessage());
    String plain = plain(message);
    if (isMasked(e)) {
      return masked(e);
    }
    if (isShortOfMemory(message)) {
      return new MillraceException(
              ErrorCode.OUT_OF_MEMORY,
              "Cannot run query: it needs more memory than DuckDB may use",
              e)
          .hint("Raise serving.memory-limit, or ask for less at once.");
    }
    MillraceException error =
        switch (kind(message)) {
          case "INTERRUPT" -> new MillraceException(ErrorCode.CANCELLED, "Cannot go on: cancelled");
          case "INTERNAL", "FATAL" ->
              new MillraceException(
                  ErrorCode.INTERNAL_ERROR, "Failed to run query in DuckDB: " + plain, e);
          case "TransactionContext" ->
              plain.contains("read-only") ? writes(e) : invalid(message, plain, e);
          case "Permission" ->
              new MillraceException(
                      ErrorCode.INVALID_QUERY, "Cannot run query: DuckDB reads no files here", e)
                  .hint("Bring the file's rows into a stream: millrace load NAME FILE.");
          default -> {
            Matcher missing = MISSING.matcher(plain);
            yield missing.matches()
                ? missing(missing.group(1), known, e)
                : invalid(message, plain, e);
          }
        };
    return place(message, sql).map(error::at).orElse(error);
  }

  /** Whether the driver says only that there is no result. */
  static boolean isMasked(Exception e) {
    return e.getMessage() != null && e.getMessage().endsWith(MASKED);
  }

  static MillraceException masked(Exception e) {
    return new MillraceException(
            ErrorCode.QUERY_FAILED, "Failed to run query: DuckDB gave no reason", e)
        .hint("Ask again; where memory was short for a moment, raise serving.memory-limit.");
  }

  static MillraceException writes(Exception cause) {
    return new MillraceException(
            ErrorCode.INVALID_QUERY, "Cannot run query: a pull query only reads", cause)
        .hint("Start it with SELECT, WITH, VALUES, DESCRIBE, SHOW or EXPLAIN.");
  }

  private static MillraceException missing(String name, Collection<String> known, Exception e) {
    MillraceException error =
        new MillraceException(
            ErrorCode.NOT_FOUND, "Cannot run query: no stream or table " + name, e);
    String near = Nearest.question(name, known);
    return error.hint(near.isEmpty() ? "SHOW STREAMS and SHOW TABLES list them." : near);
  }

  private static MillraceException invalid(String message, String plain, Exception e) {
    MillraceException error =
        new MillraceException(ErrorCode.INVALID_QUERY, "Cannot run query (DuckDB): " + plain, e);
    Matcher advice = ADVICE.matcher(LINE.matcher(message).replaceFirst(""));
    return advice.find() ? error.hint(advice.group(1)) : error;
  }

  /**
   * DuckDB shows a long line in part, with dots for the rest: the part is looked up in the text.
   */
  static Optional<Place> place(String message, String sql) {
    Matcher found = LINE.matcher(message);
    if (!found.find()) {
      return Optional.empty();
    }
    int line = Integer.parseInt(found.group(1));
    String[] lines = sql.split("\n", -1);
    if (line > lines.length) {
      return Optional.empty();
    }
    int prefix = ("LINE " + line + ": ").length();
    int column = found.group(3).length() - prefix;
    String shown = found.group(2);
    if (shown.startsWith(CUT)) {
      String part = shown.substring(CUT.length());
      part = part.endsWith(CUT) ? part.substring(0, part.length() - CUT.length()) : part;
      int at = lines[line - 1].indexOf(part);
      column = at < 0 ? 0 : column - CUT.length() + at;
    }
    return Optional.of(new Place(line, Math.max(column, 0) + 1, found.group(4).length()));
  }
}
