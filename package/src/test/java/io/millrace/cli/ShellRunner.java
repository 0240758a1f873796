package io.millrace.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** Runs the client's commands in this process and answers what they print, errors included. */
public record ShellRunner(String url) {
  public static List<String> split(String script) {
    return Scripts.split(script).statements();
  }

  /** Runs one statement as {@code millrace sql -e}. */
  public String run(String statement) {
    return command("sql", "-e", statement);
  }

  /** Runs a command of the client; the server's address is added. */
  public String command(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--url");
    all.add(url);
    StringWriter text = new StringWriter();
    PrintWriter writer = new PrintWriter(text);
    CommandLine commandLine = Main.commandLine();
    commandLine.setOut(writer);
    commandLine.setErr(writer);
    commandLine.getSubcommands().values().forEach(c -> c.setOut(writer).setErr(writer));
    commandLine.execute(all.toArray(String[]::new));
    writer.flush();
    return text.toString();
  }
}
