package io.millrace.cli;

import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code millrace sql}, {@code load} and {@code contract}. */
@Command(
    name = "millrace",
    description = "Client of a Millrace server.",
    subcommands = {SqlCommand.class, LoadCommand.class, ContractCommand.class})
public final class Main {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int SERVER_NOT_REACHED = 3;

  private Main() {}

  /** Exit codes: 0 done, 1 the statement failed, 2 usage, 3 server not reached. */
  public static void main(String[] arguments) {
    PrintWriter out = utf8(FileDescriptor.out);
    PrintWriter err = utf8(FileDescriptor.err);
    int code = commandLine().setOut(out).setErr(err).execute(arguments);
    out.flush();
    err.flush();
    System.exit(code);
  }

  /** Answers are UTF-8 whatever the locale, and not flushed line by line. */
  private static PrintWriter utf8(FileDescriptor descriptor) {
    return new PrintWriter(
        new BufferedWriter(
            new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8)));
  }

  static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new Main());
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setExecutionExceptionHandler(
        (exception, command, parsed) -> {
          int code = exitCode(exception);
          command.getErr().println("error: " + exception.getMessage());
          command.getErr().flush();
          return code;
        });
    return commandLine;
  }

  /** Throws again what is no failure of the outside but an error of ours. */
  private static int exitCode(Exception exception) throws Exception {
    if (exception instanceof ServerNotReachedException) {
      return SERVER_NOT_REACHED;
    }
    if (exception instanceof IOException || exception instanceof OutputClosedException) {
      return FAILED;
    }
    throw exception;
  }
}
