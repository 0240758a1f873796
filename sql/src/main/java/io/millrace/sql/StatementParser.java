package io.millrace.sql;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.MillraceException.Place;
import io.millrace.model.Nearest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.antlr.v4.runtime.BailErrorStrategy;
import org.antlr.v4.runtime.CommonToken;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.ListTokenSource;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.misc.ParseCancellationException;

/**
 * Reads statements. Only the envelope is understood: queries, expressions and conditions stay text.
 * What cannot be read is a SYNTAX_ERROR with its place in the whole text, what was found and what
 * was expected. Stateless and thread-safe.
 */
public final class StatementParser {
  private static final Map<Integer, String> UNCLOSED =
      Map.of(
          EnvelopeLexer.UNCLOSED_STRING, "string",
          EnvelopeLexer.UNCLOSED_BACK_QUOTED, "name",
          EnvelopeLexer.UNCLOSED_DOUBLE_QUOTED, "name",
          EnvelopeLexer.UNCLOSED_COMMENT, "comment");

  /** Statements of the design that later versions bring. */
  private static final Set<String> LATER =
      Set.of("CREATE ALERT", "CREATE FUNCTION", "RECONCILE SINK");

  private static final Set<Integer> AFTER_LISTS =
      Set.of(EnvelopeLexer.RPAREN, EnvelopeLexer.WHERE, Token.EOF);

  private StatementParser() {}

  /** The statements of a text, separated by {@code ;}; comments may stand anywhere. */
  public static List<Parsed> parseScript(String text) {
    List<Token> seen = Lexing.tokens(text).stream().filter(Lexing::isSeen).toList();
    seen.forEach(StatementParser::checkClosed);
    List<Parsed> statements = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= seen.size(); i++) {
      if (i == seen.size() || seen.get(i).getType() == EnvelopeLexer.SEMICOLON) {
        if (i > start) {
          statements.add(parse(seen.subList(start, i)));
        }
        start = i + 1;
      }
    }
    return statements;
  }

  /** The one statement of a text; a {@code ;} may follow. */
  public static Statement parse(String text) {
    List<Parsed> statements = parseScript(text);
    if (statements.size() != 1) {
      throw new MillraceException(
          ErrorCode.SYNTAX_ERROR,
          "Cannot parse statement: expected one statement, found " + statements.size());
    }
    return statements.get(0).statement();
  }

  private static void checkClosed(Token token) {
    String what = UNCLOSED.get(token.getType());
    if (what != null) {
      boolean comment = token.getType() == EnvelopeLexer.UNCLOSED_COMMENT;
      String mark = comment ? "*/" : token.getText().substring(0, 1);
      throw error("the " + what + " that starts here is not closed", Lexing.place(token))
          .hint(
              comment
                  ? "Close it with */."
                  : "Close it with " + mark + "; inside it, write " + mark + mark + " for one.");
    }
  }

  private static Parsed parse(List<Token> words) {
    Token last = words.get(words.size() - 1);
    List<Token> tokens = new ArrayList<>(words);
    tokens.add(end(last));
    try {
      Statement statement = new StatementBuilder().visit(tree(tokens).statement());
      return new Parsed(statement, StatementBuilder.text(words.get(0), last));
    } catch (StackOverflowError e) {
      throw error("it is nested too deeply", Lexing.place(words.get(0)));
    }
  }

  private static EnvelopeParser.SingleContext tree(List<Token> tokens) {
    EnvelopeParser parser = new EnvelopeParser(new CommonTokenStream(new ListTokenSource(tokens)));
    parser.removeErrorListeners();
    parser.setErrorHandler(new BailErrorStrategy());
    try {
      return parser.single();
    } catch (ParseCancellationException e) {
      throw explain(tokens);
    }
  }

  /** An end of input that stands right behind the last word. */
  private static Token end(Token last) {
    CommonToken end = new CommonToken(Token.EOF, "");
    String[] lines = last.getText().split("\n", -1);
    String tail = lines[lines.length - 1];
    int width = tail.codePointCount(0, tail.length());
    end.setLine(last.getLine() + lines.length - 1);
    end.setCharPositionInLine(lines.length > 1 ? width : last.getCharPositionInLine() + width);
    return end;
  }

  static MillraceException error(String what, Place place) {
    return new MillraceException(ErrorCode.SYNTAX_ERROR, "Cannot parse statement: " + what)
        .at(place);
  }

  private static MillraceException explain(List<Token> tokens) {
    String opening = Lexing.keyword(tokens.get(0)) + " " + Lexing.keyword(tokens.get(1));
    if (LATER.contains(opening)) {
      return new MillraceException(
              ErrorCode.NOT_SUPPORTED, "Cannot run " + opening + ": not offered in this version")
          .at(Lexing.place(tokens.get(0)));
    }
    Expectations expectations = new Expectations(tokens);
    Token found = expectations.found();
    Token previous = expectations.previous().orElse(found);
    if (previous.getType() == EnvelopeLexer.COMMA && AFTER_LISTS.contains(found.getType())) {
      return error("trailing comma before " + Expectations.quoted(found), Lexing.place(previous))
          .hint("Remove the comma, or write what follows it.");
    }
    if (found.getType() == Token.EOF) {
      List<Token> open = openParentheses(tokens);
      if (!open.isEmpty()) {
        return error(
                "found the end of the statement, expected ')' to close this '('",
                Lexing.place(open.get(open.size() - 1)))
            .hint("Close it with ).");
      }
    }
    String words =
        expectations.stop() == 0
            ? "expected a statement, found " + Expectations.quoted(found)
            : "expected "
                + expectations.expected()
                + expectations.after()
                + ", found "
                + Expectations.quoted(found);
    MillraceException error = error(words, Lexing.place(found));
    String hint = hint(expectations, tokens);
    return hint.isEmpty() ? error : error.hint(hint);
  }

  private static List<Token> openParentheses(List<Token> tokens) {
    List<Token> open = new ArrayList<>();
    for (Token token : tokens) {
      if (token.getType() == EnvelopeLexer.LPAREN) {
        open.add(token);
      } else if (token.getType() == EnvelopeLexer.RPAREN && !open.isEmpty()) {
        open.remove(open.size() - 1);
      }
    }
    return open;
  }

  private static String hint(Expectations expectations, List<Token> tokens) {
    Token found = expectations.found();
    Token previous = expectations.previous().orElse(found);
    String near = near(found, 2, expectations.keywords());
    if (near.isEmpty()) {
      // a misspelt keyword may have been read as a name
      near = near(previous, 4, expectations.keywordsBefore());
    }
    if (!near.isEmpty()) {
      return near;
    }
    if (expectations.stop() == 0) {
      return "Statements start with "
          + String.join(", ", expectations.keywords().stream().sorted().toList())
          + ".";
    }
    if (found.getType() == EnvelopeLexer.EMIT_CHANGES) {
      return "EMIT CHANGES is for a SELECT of its own.";
    }
    String expected = expectations.expected();
    if (expected.equals("a query")) {
      return "A query starts with SELECT, WITH or VALUES.";
    }
    if (found.getType() == EnvelopeLexer.DOUBLE_QUOTED && expected.contains("string")) {
      return "Strings stand in single quotes, names in double quotes.";
    }
    if (expectations.isWithin(EnvelopeParser.RULE_optionList)) {
      return "Write options as 'key' = 'value', with commas between them.";
    }
    if (found.getType() == EnvelopeLexer.RPAREN
        && openParentheses(tokens.subList(0, expectations.stop())).isEmpty()) {
      return "No '(' is open here.";
    }
    if (found.getType() == EnvelopeLexer.MINUS && Lexing.isWord(previous)) {
      return "A name that holds '-' stands in double quotes.";
    }
    if (Lexing.isWord(found) && expected.contains("name")) {
      return "To use a word of the language as a name, quote it: \"" + found.getText() + "\".";
    }
    return "";
  }

  private static String near(Token token, int minLength, List<String> keywords) {
    boolean misspelt =
        token.getType() == EnvelopeLexer.IDENTIFIER && token.getText().length() >= minLength;
    return misspelt ? Nearest.question(token.getText(), keywords) : "";
  }
}
