package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** The shell: reads statements from a person, line by line, until {@code \q} or Ctrl-D. */
final class Shell {
  private static final String HELP =
      """
      Statements end with ; and may take several lines.
        \\d            streams and tables     \\d NAME    columns of one
        \\ds \\dt \\dv   streams, tables, views \\d+ NAME   all about one
        \\dq \\dk       queries, sinks         \\dn        schemas
        \\x [on|off]   one column a line   \\timing [on|off]  how long statements take
        \\q            leave
      Ctrl-C ends a running query, Tab completes.
      """;

  private final Client client;
  private final Path history;
  private final Optional<String> pager;
  private final Output output;
  private boolean expanded;
  private boolean timing;

  /** {@code history}: the file that keeps what was typed; {@code pager}: a shell command. */
  Shell(Client client, Output output, Path history, Optional<String> pager) {
    this.client = client;
    this.output = output == Output.VERTICAL ? Output.TABLE : output;
    this.expanded = output == Output.VERTICAL;
    this.history = history;
    this.pager = pager;
  }

  static Shell ofPerson(Client client, Output output) {
    String home = System.getenv().getOrDefault("HOME", System.getProperty("user.home"));
    Path history = Path.of(home, ".millrace_history");
    return new Shell(client, output, history, Pager.ofEnvironment());
  }

  int run() throws IOException {
    client.names(); // a server that is not there is told before the first statement is typed
    try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
      return run(terminal);
    }
  }

  /** Answers the exit code when the person leaves. */
  int run(Terminal terminal) {
    LineReader reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .parser(new StatementLines())
            .completer(new NameCompleter(client))
            .variable(LineReader.HISTORY_FILE, history)
            .variable(LineReader.SECONDARY_PROMPT_PATTERN, "       -> ")
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .option(LineReader.Option.CASE_INSENSITIVE, true)
            .build();
    // Between reading and running, Ctrl-C must not end the process.
    terminal.handle(Terminal.Signal.INT, Terminal.SignalHandler.SIG_IGN);
    PrintWriter out = terminal.writer();
    out.println("Millrace at " + client.url() + ". \\? for help, \\q to leave.");
    boolean stay = true;
    while (stay) {
      try {
        stay = entered(reader.readLine("millrace> ").strip(), terminal);
      } catch (UserInterruptException e) {
        out.println("(Ctrl-D or \\q leaves)");
      } catch (EndOfFileException e) {
        stay = false;
      } catch (IOException | ServerNotReachedException e) {
        out.println("error: " + e.getMessage());
      }
      out.flush();
    }
    return Main.DONE;
  }

  /** Answers false to leave. */
  private boolean entered(String text, Terminal terminal) throws IOException {
    if (StatementLines.isShortcut(text)) {
      return shortcut(text, terminal);
    }
    for (String statement : Scripts.split(text).statements()) {
      if (!execute(statement, terminal)) {
        break;
      }
    }
    return true;
  }

  private boolean shortcut(String text, Terminal terminal) throws IOException {
    String[] words = text.replaceAll("[;\\s]+$", "").split("\\s+", 2);
    String name = words.length > 1 ? words[1] : "";
    switch (words[0]) {
      case "\\q" -> {
        return false;
      }
      case "\\d", "\\d+" -> describe(name, words[0].equals("\\d+"), terminal);
      case "\\ds" -> execute("SHOW STREAMS", terminal);
      case "\\dt" -> execute("SHOW TABLES", terminal);
      case "\\dv" -> execute("SHOW VIEWS", terminal);
      case "\\dn" -> execute("SHOW SCHEMAS", terminal);
      case "\\dq" -> execute("SHOW QUERIES", terminal);
      case "\\dk" -> execute("SHOW SINKS", terminal);
      case "\\x" -> expanded = toggled("Expanded display", expanded, name, terminal);
      case "\\timing" -> timing = toggled("Timing", timing, name, terminal);
      case "\\?" -> terminal.writer().print(HELP);
      default ->
          terminal.writer().println("error: no such shortcut: " + words[0] + ". \\? lists them.");
    }
    return true;
  }

  /** Answers what {@code word} makes of a switch: turns it over where it is empty. */
  private static boolean toggled(String what, boolean before, String word, Terminal terminal) {
    boolean after =
        switch (word.toLowerCase(Locale.ROOT)) {
          case "" -> !before;
          case "on" -> true;
          case "off" -> false;
          default -> {
            terminal.writer().println("error: Invalid value: " + word + "\nhint: Say on or off.");
            yield before;
          }
        };
    terminal.writer().println(what + " is " + (after ? "on." : "off."));
    return after;
  }

  private void describe(String name, boolean extended, Terminal terminal) throws IOException {
    if (name.isEmpty()) {
      execute("SHOW STREAMS", terminal);
      execute("SHOW TABLES", terminal);
    } else {
      execute("DESCRIBE " + (extended ? "EXTENDED " : "") + name, terminal);
    }
  }

  /** Answers whether it went well, so that what follows may run. */
  private boolean execute(String statement, Terminal terminal) throws IOException {
    Running running = new Running(Client.newId());
    Terminal.SignalHandler before =
        terminal.handle(Terminal.Signal.INT, signal -> running.interrupt());
    try {
      Optional<ServerError> error = shown(statement, running, terminal);
      error.ifPresent(e -> terminal.writer().print(e.render(statement)));
      running.cancelFailure().ifPresent(terminal.writer()::println);
      if (timing) {
        terminal.writer().println(Timing.text(running.took));
      }
      return error.isEmpty() && !running.isInterrupted();
    } finally {
      terminal.handle(Terminal.Signal.INT, before);
      terminal.writer().flush();
    }
  }

  private Optional<ServerError> shown(String statement, Running running, Terminal terminal)
      throws IOException {
    try (Pager paged = new Pager(terminal, pager)) {
      Output shown = expanded ? Output.VERTICAL : output;
      long begunNanos = System.nanoTime();
      try {
        Answer finite = shown.printer(new PrintWriter(paged), terminal.writer());
        Answer live = shown.printer(terminal.writer(), terminal.writer());
        Answer answer = running.watched(finite, paged, live);
        return client.run(running.id, statement, Map.of(), answer);
      } catch (OutputClosedException e) {
        if (paged.isLeft()) {
          return Optional.empty(); // leaving the pager ends the statement, as it was meant to
        }
        throw new IOException(e.getMessage(), e);
      } finally {
        running.took = Duration.ofNanos(System.nanoTime() - begunNanos);
      }
    }
  }

  /** A statement that the server runs, and that Ctrl-C ends. */
  private final class Running {
    private final String id;
    private volatile boolean interrupted;
    private volatile String cancelFailure;
    private Duration took = Duration.ZERO;

    Running(String id) {
      this.id = id;
    }

    boolean isInterrupted() {
      return interrupted;
    }

    Optional<String> cancelFailure() {
      return Optional.ofNullable(cancelFailure);
    }

    void interrupt() {
      interrupted = true;
      cancel();
    }

    private void cancel() {
      try {
        client.cancel(id);
      } catch (IOException | ServerNotReachedException e) {
        cancelFailure = "error: Cannot cancel: " + e.getMessage();
      }
    }

    /** Asks again when the server was interrupted before it knew the statement. */
    private void cancelIfInterrupted() {
      if (interrupted) {
        cancel();
      }
    }

    /** A push answer goes to {@code live}, any other to {@code finite}, which writes to a pager. */
    Answer watched(Answer finite, Pager pager, Answer live) {
      return new Answer() {
        private Answer chosen = finite;

        @Override
        public void message(String text) {
          chosen.message(text);
        }

        @Override
        public void columns(List<Column> columns, boolean push) {
          cancelIfInterrupted();
          chosen = push ? live : finite;
          chosen.columns(columns, push);
        }

        @Override
        public void leftOut(long rows, String reason) {
          chosen.leftOut(rows, reason);
        }

        @Override
        public void row(String op, List<JsonNode> values) {
          if (pager.isLeft()) {
            throw new OutputClosedException();
          }
          chosen.row(op, values);
        }

        @Override
        public void pause() {
          cancelIfInterrupted();
          chosen.pause();
        }

        @Override
        public void end() {
          chosen.end();
        }
      };
    }
  }
}
