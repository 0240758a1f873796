package io.millrace.format;

/**
 * A place between two rows of a file, at which its reading may go on later.
 *
 * @param offset how many bytes lie before it
 * @param line the number of the line it is in, from 1
 * @param ended whether it is behind a line feed, or at the beginning
 * @param head the line before it that says which field is which in the lines behind it; empty where
 *     none does
 */
public record FilePlace(long offset, long line, boolean ended, byte[] head) {
  /** The beginning of a file. */
  public static final FilePlace START = new FilePlace(0, 1, true, new byte[0]);
}
