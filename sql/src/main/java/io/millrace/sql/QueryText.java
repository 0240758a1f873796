package io.millrace.sql;

/**
 * A piece of a statement kept word for word, for the dialect that will run it, and where it starts
 * in the text that was parsed (line and column count from 1), so that an error inside it can be
 * mapped back.
 */
public record QueryText(String text, int line, int column) {
  /** The text alone: positions are not what it says. */
  @Override
  public String toString() {
    return text;
  }
}
