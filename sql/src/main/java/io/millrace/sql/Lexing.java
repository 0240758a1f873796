package io.millrace.sql;

import io.millrace.model.MillraceException.Place;
import java.util.List;
import java.util.Locale;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.Token;

/** Text to tokens. Never fails: what it cannot read is a token of its own kind. */
final class Lexing {
  private Lexing() {}

  /** Every token, comments and spaces among them, without the end. */
  static List<Token> tokens(String text) {
    return List.copyOf(new EnvelopeLexer(CharStreams.fromString(text)).getAllTokens());
  }

  static boolean isSeen(Token token) {
    return token.getChannel() == Token.DEFAULT_CHANNEL;
  }

  static Place place(Token token) {
    int newline = token.getText().indexOf('\n');
    String shown = newline < 0 ? token.getText() : token.getText().substring(0, newline);
    return new Place(
        token.getLine(),
        token.getCharPositionInLine() + 1,
        Math.max(1, shown.codePointCount(0, shown.length())));
  }

  /** A word without its quotes, or a string's content. */
  static String unquoted(Token token) {
    String text = token.getText();
    char first = text.charAt(0);
    if (text.length() < 2 || (first != '\'' && first != '`' && first != '"')) {
      return text;
    }
    String quote = String.valueOf(first);
    return text.substring(1, text.length() - 1).replace(quote + quote, quote);
  }

  static boolean isWord(Token token) {
    int type = token.getType();
    return isBareWord(token)
        || type == EnvelopeLexer.BACK_QUOTED
        || type == EnvelopeLexer.DOUBLE_QUOTED;
  }

  private static boolean isBareWord(Token token) {
    int type = token.getType();
    return type == EnvelopeLexer.IDENTIFIER
        || (type >= EnvelopeLexer.ADD && type <= EnvelopeLexer.ZONE);
  }

  /** The word in capitals, or nothing where the token is no word or is quoted. */
  static String keyword(Token token) {
    return isBareWord(token) ? token.getText().toUpperCase(Locale.ROOT) : "";
  }
}
