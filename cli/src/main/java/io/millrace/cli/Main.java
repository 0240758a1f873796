package io.millrace.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code millrace sql} and {@code millrace load}. */
@Command(
    name = "millrace",
    description = "Client of a Millrace server.",
    mixinStandardHelpOptions = true,
    subcommands = {SqlCommand.class, LoadCommand.class})
public final class Main {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int SERVER_NOT_REACHED = 3;

  private Main() {}

  /** Exit codes: 0 done, 1 the statement failed, 2 usage, 3 server not reached. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new Main());
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setExecutionExceptionHandler(
        (exception, command, parsed) -> {
          if (exception instanceof ServerNotReachedException) {
            command.getErr().println("error: " + exception.getMessage());
            return SERVER_NOT_REACHED;
          }
          throw exception;
        });
    return commandLine;
  }
}
