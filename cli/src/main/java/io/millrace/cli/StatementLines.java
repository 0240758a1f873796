package io.millrace.cli;

import java.util.List;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EOFError;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;

/**
 * What a person types is whole when its last statement is closed by a semicolon, or when it is a
 * shortcut. The word to complete is the name around the cursor, dots included.
 */
final class StatementLines implements Parser {
  /** Names are completed as they are: nothing in them needs an escape. */
  private record Line(String line, int cursor, String word, int wordCursor)
      implements CompletingParsedLine {
    @Override
    public int wordIndex() {
      return 0;
    }

    @Override
    public List<String> words() {
      return List.of(word);
    }

    @Override
    public CharSequence escape(CharSequence candidate, boolean complete) {
      return candidate;
    }

    @Override
    public int rawWordCursor() {
      return wordCursor;
    }

    @Override
    public int rawWordLength() {
      return word.length();
    }
  }

  @Override
  public ParsedLine parse(String line, int cursor, ParseContext context) {
    if (context == ParseContext.ACCEPT_LINE
        && !isShortcut(line)
        && !Scripts.isBlank(Scripts.split(line).rest())) {
      throw new EOFError(-1, cursor, "the statement goes on", ";");
    }
    int start = cursor;
    while (start > 0 && isWordPart(line.charAt(start - 1))) {
      start--;
    }
    int end = cursor;
    while (end < line.length() && isWordPart(line.charAt(end))) {
      end++;
    }
    return new Line(line, cursor, line.substring(start, end), cursor - start);
  }

  static boolean isShortcut(String line) {
    return line.stripLeading().startsWith("\\");
  }

  private static boolean isWordPart(char c) {
    return Scripts.isNamePart(c) || c == '.' || c == '\\';
  }
}
