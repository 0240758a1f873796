package io.millrace.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace sql}: statements from the command line, a file, standard input or a person. */
@Command(name = "sql", description = "Runs SQL statements, or opens the shell.")
final class SqlCommand implements Callable<Integer> {
  private static final class Input {
    @Option(names = "-e", paramLabel = "TEXT", description = "Run these statements.")
    private String text;

    @Option(names = "-f", paramLabel = "FILE", description = "Run the statements of a file.")
    private Path file;
  }

  @Mixin private ServerOption server;

  @ArgGroup private Input input;

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      defaultValue = "TABLE",
      description = "table, vertical, csv or json (default: table).")
  private Output output;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (input == null && System.console() != null) {
      return Shell.ofPerson(server.client(), output).run();
    }
    return runScript(script());
  }

  private String script() throws IOException {
    if (input == null) {
      return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    }
    if (input.text != null) {
      return input.text;
    }
    try {
      return Files.readString(input.file);
    } catch (NoSuchFileException e) {
      throw new IOException("Cannot read " + input.file + ": there is no such file", e);
    } catch (CharacterCodingException e) {
      throw new IOException("Cannot read " + input.file + ": it is not UTF-8", e);
    } catch (IOException e) {
      throw new IOException("Cannot read " + input.file + ": " + e.getMessage(), e);
    }
  }

  /** Stops at the first statement that fails. */
  private int runScript(String script) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Client client = server.client();
    for (String statement : Scripts.statements(script)) {
      Optional<ServerError> error =
          client.run(Client.newId(), statement, Map.of(), output.printer(out, err));
      if (error.isPresent()) {
        err.print(error.get().render(statement));
        err.flush();
        return Main.FAILED;
      }
    }
    return Main.DONE;
  }
}
