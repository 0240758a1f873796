package io.millrace.sql;

import io.millrace.model.Name;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.antlr.v4.runtime.Token;

/**
 * Query text for the engine addressed. Works on tokens alone: strings and comments are left as they
 * are. Thread-safe.
 */
public final class Dialects {
  /** Words that end the list of relations after FROM. */
  private static final Set<String> AFTER_FROM =
      Set.of(
          "WHERE",
          "GROUP",
          "ORDER",
          "HAVING",
          "LIMIT",
          "UNION",
          "EXCEPT",
          "INTERSECT",
          "WINDOW",
          "QUALIFY",
          "SELECT",
          "SET",
          "VALUES",
          "OFFSET",
          "FETCH",
          "RETURNING");

  private static final Set<String> NO_NAME =
      Set.of("TABLE", "LATERAL", "SELECT", "WITH", "VALUES", "FROM");

  /** The standard's schema about tables and columns. */
  public static final String INFORMATION_SCHEMA = "information_schema";

  /**
   * Where pull queries find {@link #INFORMATION_SCHEMA}'s tables and columns with what Millrace
   * knows of them. As long as that name, so that places in a text stay.
   */
  public static final String OVERVIEW = "_millrace_overview";

  private static final Set<String> OVERVIEWS = Set.of("TABLES", "COLUMNS");

  private Dialects() {}

  /** Names in double quotes become names in back-ticks. */
  public static String toFlink(String query) {
    return requote(query, EnvelopeLexer.DOUBLE_QUOTED, '`');
  }

  /**
   * Names in back-ticks become names in double quotes, and {@code information_schema.tables} and
   * {@code .columns} those of {@link #OVERVIEW}.
   */
  public static String toDuckDb(String query) {
    return overviewed(requote(query, EnvelopeLexer.BACK_QUOTED, '"'));
  }

  private static String overviewed(String query) {
    if (!query.toLowerCase(Locale.ROOT).contains(INFORMATION_SCHEMA)) {
      return query;
    }
    StringBuilder text = new StringBuilder(query.length());
    List<Token> tokens = Lexing.tokens(query);
    List<Token> seen = tokens.stream().filter(Lexing::isSeen).toList();
    for (Token token : tokens) {
      text.append(
          isOverviewed(seen, seen.indexOf(token))
              ? token.getText().toLowerCase(Locale.ROOT).replace(INFORMATION_SCHEMA, OVERVIEW)
              : token.getText());
    }
    return text.toString();
  }

  /** Whether it is the schema of one of the two, and no catalog is named before it. */
  private static boolean isOverviewed(List<Token> seen, int index) {
    return index >= 0
        && Lexing.isWord(seen.get(index))
        && fold(seen.get(index)).equals(INFORMATION_SCHEMA)
        && !is(seen, index - 1, EnvelopeLexer.DOT)
        && is(seen, index + 1, EnvelopeLexer.DOT)
        && index + 2 < seen.size()
        && Lexing.isWord(seen.get(index + 2))
        && OVERVIEWS.contains(fold(seen.get(index + 2)).toUpperCase(Locale.ROOT));
  }

  private static String requote(String query, int quoted, char quote) {
    StringBuilder text = new StringBuilder(query.length());
    String one = String.valueOf(quote);
    for (Token token : Lexing.tokens(query)) {
      if (token.getType() == quoted) {
        text.append(one).append(Lexing.unquoted(token).replace(one, one + one)).append(one);
      } else {
        text.append(token.getText());
      }
    }
    return text.toString();
  }

  /**
   * The relations that a query names: {@code [schema.]name} after FROM, JOIN, INTO or TABLE and
   * after the commas of a FROM list. Its own WITH names and table functions are left out. Best
   * effort: the text is not parsed.
   */
  public static Set<Name> mentionedNames(String query) {
    List<Token> tokens = Lexing.tokens(query).stream().filter(Lexing::isSeen).toList();
    Set<String> own = ownNames(tokens);
    Set<Name> names = new LinkedHashSet<>();
    Deque<Level> levels = new ArrayDeque<>();
    levels.push(new Level());
    boolean expected = false;
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      String word = Lexing.keyword(token);
      Level level = levels.element();
      if (expected && Lexing.isWord(token) && !NO_NAME.contains(word)) {
        int end = endOfName(tokens, i);
        boolean function = is(tokens, end, EnvelopeLexer.LPAREN);
        boolean ownName = end == i + 1 && own.contains(fold(token));
        if (!function && !ownName) {
          names.add(name(tokens, i, end));
        }
        expected = false;
        i = end - 1;
      } else if (token.getType() == EnvelopeLexer.LPAREN) {
        // FROM (a JOIN b): a relation may follow the parenthesis too
        levels.push(new Level());
        levels.element().inFrom = expected;
      } else if (token.getType() == EnvelopeLexer.RPAREN) {
        expected = false;
        if (levels.size() > 1) {
          levels.pop();
        }
      } else if (token.getType() == EnvelopeLexer.COMMA) {
        expected = level.inFrom;
      } else if (word.equals("FROM")) {
        boolean distinct = i > 0 && Lexing.keyword(tokens.get(i - 1)).equals("DISTINCT");
        // EXTRACT(x FROM y) and IS DISTINCT FROM name no relation
        expected = (level.selects || level.first) && !distinct;
        level.inFrom |= expected;
      } else if (Set.of("JOIN", "INTO", "TABLE").contains(word)) {
        expected = true;
      } else if (AFTER_FROM.contains(word)) {
        level.inFrom = false;
        level.selects |= word.equals("SELECT");
        expected = false;
      } else if (!word.equals("LATERAL")) {
        expected = false;
      }
      level.first = false;
    }
    return names;
  }

  /** One depth of parentheses. */
  private static final class Level {
    boolean selects;
    boolean inFrom;
    boolean first = true;
  }

  private static Set<String> ownNames(List<Token> tokens) {
    Set<String> own = new HashSet<>();
    for (int i = 0; i + 1 < tokens.size(); i++) {
      String word = Lexing.keyword(tokens.get(i));
      boolean begins =
          word.equals("WITH")
              || word.equals("RECURSIVE")
              || (!own.isEmpty() && tokens.get(i).getType() == EnvelopeLexer.COMMA);
      if (begins && Lexing.isWord(tokens.get(i + 1)) && isNamedQuery(tokens, i + 2)) {
        own.add(fold(tokens.get(i + 1)));
      }
    }
    return own;
  }

  /** Whether {@code [(columns)] AS [[NOT] MATERIALIZED] (} follows. */
  private static boolean isNamedQuery(List<Token> tokens, int from) {
    int i = from;
    if (is(tokens, i, EnvelopeLexer.LPAREN)) {
      while (i < tokens.size() && tokens.get(i).getType() != EnvelopeLexer.RPAREN) {
        i++;
      }
      i++;
    }
    if (!is(tokens, i, EnvelopeLexer.AS)) {
      return false;
    }
    do {
      i++;
    } while (i < tokens.size()
        && Set.of("NOT", "MATERIALIZED").contains(Lexing.keyword(tokens.get(i))));
    return is(tokens, i, EnvelopeLexer.LPAREN);
  }

  private static int endOfName(List<Token> tokens, int start) {
    int end = start + 1;
    while (is(tokens, end, EnvelopeLexer.DOT)
        && end + 1 < tokens.size()
        && Lexing.isWord(tokens.get(end + 1))) {
      end += 2;
    }
    return end;
  }

  private static Name name(List<Token> tokens, int start, int end) {
    String object = Lexing.unquoted(tokens.get(end - 1));
    return end - start == 1
        ? Name.of(object)
        : new Name(Lexing.unquoted(tokens.get(end - 3)), object);
  }

  private static String fold(Token word) {
    return Lexing.unquoted(word).toLowerCase(Locale.ROOT);
  }

  private static boolean is(List<Token> tokens, int index, int type) {
    return index >= 0 && index < tokens.size() && tokens.get(index).getType() == type;
  }
}
