package io.millrace.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace sql}: statements from the command line, a file, standard input or a person. */
@Command(
    name = "sql",
    description = "Runs SQL statements, or opens the shell.",
    mixinStandardHelpOptions = true)
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

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (input == null && System.console() != null) {
      return new Shell(server.client(), output).run();
    }
    String script =
        input == null
            ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
            : input.text != null ? input.text : Files.readString(input.file);
    return runScript(script, out);
  }

  /** Stops at the first statement that fails. */
  private int runScript(String script, PrintWriter out) throws IOException {
    Client client = server.client();
    Scripts.Split split = Scripts.split(script + "\n;");
    for (String statement : split.statements()) {
      Optional<ServerError> error =
          client.run(Client.newId(), statement, java.util.Map.of(), output.printer(out));
      if (error.isPresent()) {
        PrintWriter err = spec.commandLine().getErr();
        err.print(error.get().render(statement));
        err.flush();
        return Main.FAILED;
      }
    }
    return Main.DONE;
  }
}
