package io.millrace.flow.plan;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Relation;
import io.millrace.catalog.View;
import io.millrace.flow.cluster.Failures;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.MillraceException.Place;
import io.millrace.model.Name;
import io.millrace.model.Nearest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Flink's planner says about a query, in one sentence with its place. The planner's exceptions
 * come from behind a class loader and nest three deep, so they are understood by their words.
 */
final class QueryErrors {
  private static final Pattern RANGE =
      Pattern.compile(
          "(?:From line (\\d+), column (\\d+) to line (\\d+), column (\\d+)"
              + "|At line (\\d+), column (\\d+)): (.*)",
          Pattern.DOTALL);
  private static final Pattern ENCOUNTERED =
      Pattern.compile("Encountered \"(.*?)\" at line (\\d+), column (\\d+)\\.(.*)", Pattern.DOTALL);
  private static final Pattern LEXICAL =
      Pattern.compile("Lexical error at line (\\d+), column (\\d+)\\.\\s*(.*)", Pattern.DOTALL);
  private static final Pattern EXPECTED = Pattern.compile("[\"<]([^\\n]*?)[\">] \\.\\.\\.");
  private static final Pattern WORD = Pattern.compile("[A-Za-z_]\\w*");

  /** Expected where a name could stand: a word that cannot is reserved. */
  private static final Pattern EXPRESSION =
      Pattern.compile("<(?:BACK_QUOTED_IDENTIFIER|UNSIGNED_INTEGER_LITERAL)>");

  private static final Pattern NO_OBJECT =
      Pattern.compile("Object '([^']*)' not found(?: within '([^']*)')?.*", Pattern.DOTALL);
  private static final Pattern NO_COLUMN =
      Pattern.compile(
          "Column '([^']*)' not found in (?:any table|table '([^']*)')"
              + "(?:; did you mean '([^']*)'\\?)?.*",
          Pattern.DOTALL);
  private static final Pattern NO_FUNCTION =
      Pattern.compile("No match found for function signature (.*)", Pattern.DOTALL);

  private static final Pattern NO_FIT =
      Pattern.compile("Incompatible types for sink column '(.*)' at position (\\d+)");

  private final CatalogImage image;
  private final String query;

  QueryErrors(CatalogImage image, String query) {
    this.image = image;
    this.query = query;
  }

  /** A column that the query names in another case than it was declared in, and where. */
  record WrongCase(int start, int end, String column) {}

  /**
   * Names compare without case in Millrace and with case in Flink: tells whether that is all that
   * is wrong.
   */
  Optional<WrongCase> wrongCase(Throwable failure) {
    Matcher range = RANGE.matcher(message(failure));
    if (!range.find()) {
      return Optional.empty();
    }
    Matcher column = NO_COLUMN.matcher(range.group(7));
    if (!column.matches()
        || column.group(3) == null
        || !column.group(3).equalsIgnoreCase(column.group(1))) {
      return Optional.empty();
    }
    boolean oneCharacter = range.group(1) == null;
    int start = offset(range.group(oneCharacter ? 5 : 1), range.group(oneCharacter ? 6 : 2));
    int end = oneCharacter ? start + 1 : offset(range.group(3), range.group(4)) + 1;
    // A qualified name's place covers its qualifier too.
    String written = query.substring(start, Math.min(end, query.length()));
    if (!written.endsWith(column.group(1))) {
      return Optional.empty();
    }
    return Optional.of(new WrongCase(end - column.group(1).length(), end, column.group(3)));
  }

  private int offset(String line, String column) {
    return offset(Integer.parseInt(line), Integer.parseInt(column));
  }

  private int offset(int line, int column) {
    int start = 0;
    for (int i = 1; i < line; i++) {
      start = query.indexOf('\n', start) + 1;
    }
    return start + column - 1;
  }

  /** The error as people should see it. */
  MillraceException of(Throwable failure) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof MillraceException known) {
        return known;
      }
    }
    String message = message(failure);
    Matcher range = RANGE.matcher(message);
    if (range.find()) {
      return validation(range, failure);
    }
    Matcher encountered = ENCOUNTERED.matcher(message);
    if (encountered.find()) {
      return syntax(encountered, failure);
    }
    Matcher lexical = LEXICAL.matcher(message);
    if (lexical.find()) {
      return invalid("a character that cannot stand here", failure)
          .at(place(lexical.group(1), lexical.group(2), 1));
    }
    Matcher fit = NO_FIT.matcher(message);
    if (fit.find()) {
      return invalid("its column " + fit.group(2) + " does not fit column " + fit.group(1), failure)
          .hint("CAST it to that column's type.");
    }
    if (message.contains("only accepts a single SQL query")
        || message.contains("Non-query expression")
        || message.contains("only single statement supported")) {
      return invalid("only one SELECT (or VALUES) can stand here", failure);
    }
    return temporalJoin(message, failure).orElseGet(() -> invalid(sentence(message), failure));
  }

  /** What Flink says of a join FOR SYSTEM_TIME AS OF speaks of its own notions. */
  private static Optional<MillraceException> temporalJoin(String message, Throwable failure) {
    if (message.contains("no row time attribute can be found")) {
      return Optional.of(
          invalid("it joins as of an event's time with a table that keeps no history", failure)
              .hint(
                  "Create the table WITH ('history' = 'scd2'), or leave FOR SYSTEM_TIME out to join"
                      + " with its current rows."));
    }
    if (message.contains("join key in Temporal Table Join can not be empty")
        || message.contains("no primary key can be found")) {
      return Optional.of(
          invalid("a join as of a time needs the table's primary key", failure)
              .hint("Compare each of its columns by = behind ON."));
    }
    if (message.contains("left table's time attribute")) {
      return Optional.of(
          invalid("it joins as of a column that is no event time", failure)
              .hint("Declare the stream's WATERMARK for it."));
    }
    return Optional.empty();
  }

  /** The outermost message that tells a place, else the innermost that tells anything. */
  private static String message(Throwable failure) {
    String last = failure.getClass().getSimpleName();
    for (Throwable at = failure; at != null; at = at.getCause()) {
      String text = at.getMessage();
      if (text != null && !text.isBlank()) {
        if (RANGE.matcher(text).find() || ENCOUNTERED.matcher(text).find()) {
          return text;
        }
        last = text;
      }
    }
    return last;
  }

  private MillraceException validation(Matcher range, Throwable failure) {
    String words = range.group(7);
    Place place;
    if (range.group(1) != null) {
      boolean sameLine = range.group(1).equals(range.group(3));
      int length =
          sameLine ? Integer.parseInt(range.group(4)) - Integer.parseInt(range.group(2)) + 1 : 1;
      place = place(range.group(1), range.group(2), length);
    } else {
      place = place(range.group(5), range.group(6), 1);
    }
    Matcher object = NO_OBJECT.matcher(words);
    if (object.matches()) {
      return noObject(object, failure).at(place);
    }
    Matcher column = NO_COLUMN.matcher(words);
    if (column.matches()) {
      return noColumn(column, failure).at(place);
    }
    Matcher function = NO_FUNCTION.matcher(words);
    if (function.matches()) {
      return invalid("no such function for these arguments: " + function.group(1), failure)
          .at(place);
    }
    return invalid(sentence(words), failure).at(place);
  }

  private MillraceException noObject(Matcher object, Throwable failure) {
    String missing = object.group(1);
    Set<String> known = new TreeSet<>();
    image.relations().stream().map(Relation::name).map(Name::toString).forEach(known::add);
    image.views().stream().map(View::name).map(Name::toString).forEach(known::add);
    known.addAll(image.schemas());
    String text = object.group(2) == null ? missing : object.group(2) + "." + missing;
    text = text.replaceFirst("^" + WarehouseCatalog.NAME + "\\.", "");
    text = text.replaceFirst("^" + Name.PUBLIC + "\\.", "");
    MillraceException error = invalid("no such stream, table or view: " + text, failure);
    String near = Nearest.question(text, known);
    return near.isEmpty() ? error : error.hint(near);
  }

  private MillraceException noColumn(Matcher column, Throwable failure) {
    String missing = column.group(1);
    MillraceException error =
        invalid(
            "no such column: " + (column.group(2) == null ? "" : column.group(2) + ".") + missing,
            failure);
    if (column.group(3) != null) {
      return error.hint("Did you mean " + column.group(3) + "?");
    }
    Set<String> known = new TreeSet<>();
    String folded = query.toLowerCase(Locale.ROOT);
    for (Relation relation : image.relations()) {
      if (folded.contains(relation.name().object().toLowerCase(Locale.ROOT))) {
        known.addAll(relation.columnOrder());
        relation.schema().columns().stream().map(Column::name).forEach(known::add);
      }
    }
    String near = Nearest.question(missing, known);
    return near.isEmpty() ? error : error.hint(near);
  }

  /** The parser names the word that it stumbles over, or with it the one before or behind. */
  private MillraceException syntax(Matcher encountered, Throwable failure) {
    String[] tokens = encountered.group(1).replace("\\'", "'").strip().split("\\s+");
    Place place =
        place(
            encountered.group(2),
            encountered.group(3),
            tokens[0].startsWith("<") ? 1 : tokens[0].length());
    String token = tokens[0];
    if (token.equals(".") && tokens.length > 1) {
      token = tokens[1];
      int behindDot = offset(place.line(), place.column()) + 1;
      place =
          query.startsWith(token, behindDot)
              ? new Place(place.line(), place.column() + 1, token.length())
              : place;
    }
    MillraceException error =
        invalid(
                token.equals("<EOF>") ? "it ends too early" : "'" + token + "' cannot stand here",
                failure)
            .at(place);
    String expected = encountered.group(4);
    if (WORD.matcher(token).matches()
        && (tokens[0].equals(".") || EXPRESSION.matcher(expected).find())) {
      return error.hint("If it is a name, quote it: `" + token + "`.");
    }
    List<String> next = EXPECTED.matcher(expected).results().map(one -> one.group(1)).toList();
    return next.isEmpty() || next.size() > 6
        ? error
        : error.hint("Expected: " + String.join(", ", next) + ".");
  }

  private static Place place(String line, String column, int length) {
    return new Place(Integer.parseInt(line), Integer.parseInt(column), length);
  }

  private static MillraceException invalid(String words, Throwable cause) {
    return new MillraceException(ErrorCode.INVALID_QUERY, "Invalid query: " + words, cause);
  }

  private static String sentence(String message) {
    String text =
        message
            .replaceFirst("^SQL (validation|parse) failed\\. ", "")
            .replace("VARCHAR(2147483647)", "STRING")
            .replace("VARBINARY(2147483647)", "BYTES")
            .replace(WarehouseCatalog.NAME + "." + Name.PUBLIC + ".", "")
            .replaceAll("\\s+", " ")
            .strip();
    text = Failures.shorten(text);
    // A word in capitals, such as a function's name, stays as it is.
    if (text.length() > 1 && !Character.isUpperCase(text.charAt(1))) {
      text = Character.toLowerCase(text.charAt(0)) + text.substring(1);
    }
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }
}
