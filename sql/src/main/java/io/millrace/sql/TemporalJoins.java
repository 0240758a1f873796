package io.millrace.sql;

import io.millrace.model.Column;
import io.millrace.model.Name;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.antlr.v4.runtime.Token;

/**
 * {@code JOIN t FOR SYSTEM_TIME AS OF time AS a ON condition} where {@code t} is to be read as a
 * stream of its versions: names that stream, and adds to the condition that the version had not
 * ended. Works on tokens alone. Thread-safe.
 */
public final class TemporalJoins {
  /** Words that end the condition of a join. */
  private static final Set<String> AFTER_ON =
      Set.of(
          "JOIN",
          "INNER",
          "LEFT",
          "RIGHT",
          "FULL",
          "CROSS",
          "NATURAL",
          "WHERE",
          "GROUP",
          "HAVING",
          "WINDOW",
          "QUALIFY",
          "ORDER",
          "LIMIT",
          "OFFSET",
          "FETCH",
          "UNION",
          "INTERSECT",
          "EXCEPT",
          "MINUS");

  private final List<Token> tokens;
  private final Map<Token, String> instead = new HashMap<>();
  private final Map<Token, String> behind = new HashMap<>();

  private TemporalJoins(List<Token> tokens) {
    this.tokens = tokens;
  }

  /**
   * The query with each such join rewritten whose table has a stream of versions.
   *
   * @param end the column of a version that tells when it ended, null while it holds
   */
  public static String rewritten(
      String query, Function<Name, Optional<Name>> versions, String end) {
    List<Token> all = Lexing.tokens(query);
    TemporalJoins joins = new TemporalJoins(all.stream().filter(Lexing::isSeen).toList());
    for (int i = 1; i < joins.tokens.size(); i++) {
      if (joins.is(i, "FOR", "SYSTEM_TIME", "AS", "OF")) {
        joins.rewrite(i, versions, end);
      }
    }
    StringBuilder text = new StringBuilder();
    for (Token token : all) {
      text.append(joins.instead.getOrDefault(token, token.getText()));
      text.append(joins.behind.getOrDefault(token, ""));
    }
    return text.toString();
  }

  private boolean is(int at, String... words) {
    for (int i = 0; i < words.length; i++) {
      if (!word(at + i).equals(words[i])) {
        return false;
      }
    }
    return true;
  }

  private String word(int at) {
    return at < tokens.size() ? Lexing.keyword(tokens.get(at)) : "";
  }

  private boolean isType(int at, int type) {
    return at < tokens.size() && tokens.get(at).getType() == type;
  }

  private boolean isName(int at) {
    return at >= 0 && at < tokens.size() && Lexing.isWord(tokens.get(at));
  }

  private void rewrite(int at, Function<Name, Optional<Name>> versions, String end) {
    int name = at - 1;
    while (name > 1 && isType(name - 1, EnvelopeLexer.DOT) && isName(name - 2)) {
      name -= 2;
    }
    int time = at + 4;
    int afterTime = time + 1;
    while (isType(afterTime, EnvelopeLexer.DOT) && isName(afterTime + 1)) {
      afterTime += 2;
    }
    if (!isName(name) || !isName(time) || isType(afterTime, EnvelopeLexer.LPAREN)) {
      return; // PROCTIME() asks for the row as it is now
    }
    Name table =
        at - name == 1
            ? Name.of(Lexing.unquoted(tokens.get(name)))
            : new Name(Lexing.unquoted(tokens.get(at - 3)), Lexing.unquoted(tokens.get(at - 1)));
    Optional<Name> stream = versions.apply(table);
    int alias = is(afterTime, "AS") ? afterTime + 1 : afterTime;
    boolean named = isName(alias) && !is(alias, "ON");
    int on = named ? alias + 1 : afterTime;
    if (stream.isEmpty() || !is(on, "ON") || on + 1 >= tokens.size()) {
      return;
    }
    String calls = Column.quote(Lexing.unquoted(tokens.get(named ? alias : at - 1)));
    instead.put(
        tokens.get(name),
        Column.quote(stream.get().schema()) + "." + Column.quote(stream.get().object()));
    for (int i = name + 1; i < at; i++) {
      instead.put(tokens.get(i), "");
    }
    if (!named) {
      behind.merge(tokens.get(afterTime - 1), " AS " + calls, String::concat);
    }
    String when =
        tokens.subList(time, afterTime).stream().map(Token::getText).collect(Collectors.joining());
    String ends = calls + "." + Column.quote(end);
    behind.merge(tokens.get(on), " (", String::concat);
    behind.merge(
        tokens.get(lastOfCondition(on + 1)),
        ") AND (" + ends + " IS NULL OR " + when + " < " + ends + ")",
        String::concat);
  }

  private int lastOfCondition(int first) {
    int depth = 0;
    for (int i = first; i < tokens.size(); i++) {
      boolean ends =
          depth == 0
              && (isType(i, EnvelopeLexer.COMMA)
                  || isType(i, EnvelopeLexer.RPAREN)
                  || isType(i, EnvelopeLexer.SEMICOLON)
                  // LEFT and RIGHT are functions of texts, too
                  || AFTER_ON.contains(word(i)) && !isType(i + 1, EnvelopeLexer.LPAREN));
      if (ends) {
        return Math.max(first, i - 1);
      }
      if (isType(i, EnvelopeLexer.LPAREN)) {
        depth++;
      } else if (isType(i, EnvelopeLexer.RPAREN)) {
        depth--;
      }
    }
    return tokens.size() - 1;
  }
}
