package io.millrace.cli;

import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.jline.terminal.Terminal;

/**
 * Shows a text that fits the screen as it is, and hands a longer one to the person's pager as it
 * comes.
 */
final class Pager extends Writer {
  private final Terminal terminal;
  private final Optional<String> command;
  private final StringBuilder gathered = new StringBuilder();
  private int lines;
  private Process process;
  private boolean left;

  /** {@code command}: the pager as a shell command; without one all goes to the terminal. */
  Pager(Terminal terminal, Optional<String> command) {
    this.terminal = terminal;
    this.command = command;
  }

  /** {@code $PAGER}, else {@code less} where it is installed; an empty {@code $PAGER} is none. */
  static Optional<String> ofEnvironment() {
    String pager = System.getenv("PAGER");
    if (pager != null) {
      return Optional.of(pager).filter(p -> !p.isBlank());
    }
    String path = System.getenv().getOrDefault("PATH", "");
    boolean less =
        Arrays.stream(path.split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "less")));
    return less ? Optional.of("less -SFX") : Optional.empty();
  }

  /** Whether the person left the pager before the end: the rest is not wanted. */
  boolean isLeft() {
    return left;
  }

  @Override
  public void write(char[] text, int offset, int length) throws IOException {
    if (process != null) {
      pipe(new String(text, offset, length));
      return;
    }
    gathered.append(text, offset, length);
    for (int i = offset; i < offset + length; i++) {
      lines += text[i] == '\n' ? 1 : 0;
    }
    if (lines >= terminal.getHeight()) {
      open();
    }
  }

  private void open() throws IOException {
    if (command.isEmpty()) {
      terminal.writer().append(gathered).flush();
      gathered.setLength(0);
      return;
    }
    terminal.flush();
    process =
        new ProcessBuilder("sh", "-c", command.get())
            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    pipe(gathered.toString());
    gathered.setLength(0);
  }

  private void pipe(String text) throws IOException {
    try {
      process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      left = true; // nobody reads the pipe any more
      throw e;
    }
  }

  @Override
  public void flush() {
    // Lines are shown when they are whole, see write and close.
  }

  /** Shows what is left, and waits until the person has left the pager. */
  @Override
  public void close() throws IOException {
    if (process == null) {
      terminal.writer().append(gathered).flush();
      return;
    }
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      left = true; // as in pipe: this wrote what was gathered since
    }
    try {
      int code = process.waitFor();
      if (code == 126 || code == 127) {
        throw new IOException("Cannot run the pager: " + command.orElseThrow());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
