package io.millrace.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** The shell: reads statements from a person, line by line, until {@code \q} or Ctrl-D. */
final class Shell {
  private final Client client;
  private Output output;

  Shell(Client client, Output output) {
    this.client = client;
    this.output = output;
  }

  int run() throws IOException {
    try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
      LineReader reader =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .parser(new StatementLines())
              .completer(new NameCompleter(client))
              .variable(
                  LineReader.HISTORY_FILE,
                  Path.of(System.getProperty("user.home"), ".millrace_history"))
              .variable(LineReader.SECONDARY_PROMPT_PATTERN, "      -> ")
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
              .build();
      PrintWriter out = terminal.writer();
      out.println("Millrace at " + client.url() + ". \\? for help, \\q to leave.");
      while (true) {
        try {
          String text = reader.readLine("millrace> ").strip();
          if (text.startsWith("\\")) {
            if (!shortcut(text, terminal)) {
              return Main.DONE;
            }
          } else {
            for (String statement : Scripts.split(text).statements()) {
              execute(statement, terminal);
            }
          }
        } catch (UserInterruptException e) {
          out.println("(Ctrl-D or \\q leaves)");
        } catch (EndOfFileException e) {
          return Main.DONE;
        } catch (ServerNotReachedException e) {
          out.println("error: " + e.getMessage());
        }
        out.flush();
      }
    }
  }

  /** Answers false to leave. */
  private boolean shortcut(String text, Terminal terminal) throws IOException {
    String[] words = text.replaceAll(";\\s*$", "").split("\\s+", 2);
    String name = words.length > 1 ? words[1] : "";
    switch (words[0]) {
      case "\\q" -> {
        return false;
      }
      case "\\d" -> {
        if (name.isEmpty()) {
          execute("SHOW STREAMS", terminal);
          execute("SHOW TABLES", terminal);
        } else {
          execute("DESCRIBE " + name, terminal);
        }
      }
      case "\\d+" -> execute("DESCRIBE EXTENDED " + name, terminal);
      case "\\ds" -> execute("SHOW STREAMS", terminal);
      case "\\dt" -> execute("SHOW TABLES", terminal);
      case "\\dv" -> execute("SHOW VIEWS", terminal);
      case "\\dn" -> execute("SHOW SCHEMAS", terminal);
      case "\\dq" -> execute("SHOW QUERIES", terminal);
      case "\\dk" -> execute("SHOW SINKS", terminal);
      case "\\x" -> {
        output = output == Output.VERTICAL ? Output.TABLE : Output.VERTICAL;
        terminal
            .writer()
            .println("Output is " + output.name().toLowerCase(java.util.Locale.ROOT) + ".");
      }
      case "\\?" -> terminal.writer().print(HELP);
      default ->
          terminal.writer().println("error: no such shortcut: " + words[0] + ". \\? lists them.");
    }
    return true;
  }

  private static final String HELP =
      """
      Statements end with ; and may take several lines.
        \\d            streams and tables     \\d NAME    columns of one
        \\ds \\dt \\dv   streams, tables, views \\d+ NAME   all about one
        \\dq \\dk       queries, sinks         \\dn        schemas
        \\x            one column a line, on and off
        \\q            leave
      Ctrl-C ends a running query, Tab completes.
      """;

  private void execute(String statement, Terminal terminal) throws IOException {
    String id = Client.newId();
    AtomicReference<IOException> cancelFailed = new AtomicReference<>();
    Terminal.SignalHandler before =
        terminal.handle(
            Terminal.Signal.INT,
            signal -> {
              try {
                client.cancel(id);
              } catch (IOException e) {
                cancelFailed.set(e);
              }
            });
    try {
      Pages pages = new Pages(terminal);
      Optional<ServerError> error = client.run(id, statement, Map.of(), pages.answer(output));
      pages.show();
      error.ifPresent(e -> terminal.writer().print(e.render(statement)));
      if (cancelFailed.get() != null) {
        terminal.writer().println("error: Cannot cancel: " + cancelFailed.get().getMessage());
      }
    } finally {
      terminal.handle(Terminal.Signal.INT, before);
      terminal.writer().flush();
    }
  }

  /** Shows an answer longer than the screen through the pager; a push answer goes straight out. */
  private static final class Pages {
    private final Terminal terminal;
    private final StringWriter text = new StringWriter();

    Pages(Terminal terminal) {
      this.terminal = terminal;
    }

    Answer answer(Output output) {
      PrintWriter gathered = new PrintWriter(text);
      Answer finite = output.printer(gathered);
      Answer live = output.printer(terminal.writer());
      return new Answer() {
        private Answer chosen = finite;

        @Override
        public void message(String message) throws IOException {
          chosen.message(message);
        }

        @Override
        public void columns(java.util.List<Column> columns, boolean push) throws IOException {
          chosen = push ? live : finite;
          chosen.columns(columns, push);
        }

        @Override
        public void row(String op, java.util.List<com.fasterxml.jackson.databind.JsonNode> values)
            throws IOException {
          chosen.row(op, values);
        }

        @Override
        public void pause() throws IOException {
          chosen.pause();
        }

        @Override
        public void end() throws IOException {
          chosen.end();
        }
      };
    }

    void show() throws IOException {
      String all = text.toString();
      String pager = System.getenv().getOrDefault("PAGER", "less -SFX");
      long lines = all.lines().count();
      if (lines < terminal.getHeight() || pager.isBlank()) {
        terminal.writer().print(all);
        return;
      }
      terminal.writer().flush();
      Process process =
          new ProcessBuilder("sh", "-c", pager)
              .redirectOutput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (var in = process.getOutputStream()) {
        in.write(all.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // The person left the pager before the end: the rest is not wanted.
        if (process.isAlive()) {
          throw e;
        }
      }
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** A line is whole when its last statement is closed by a semicolon, or it is a shortcut. */
  private static final class StatementLines extends DefaultParser {
    StatementLines() {
      setEscapeChars(null);
      setQuoteChars(new char[0]);
    }

    @Override
    public ParsedLine parse(String line, int cursor, Parser.ParseContext context) {
      if (context == Parser.ParseContext.ACCEPT_LINE
          && !line.strip().startsWith("\\")
          && !Scripts.isBlank(Scripts.split(line).rest())) {
        throw new EOFError(-1, cursor, "statement goes on", ";");
      }
      return super.parse(line, cursor, context);
    }
  }
}
