package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code millrace contract check}: for the CI of a system whose rows come here. Says whether a
 * schema may be the next version of a contract, and what it would do; nothing is registered.
 */
@Command(
    name = "check",
    description =
        "Says whether an Avro schema may be the next version of a stream's or table's contract, and"
            + " what would become of all that depends on it. Exit codes: 0 compatible, 1 not, 2"
            + " usage, 3 server not reached.")
final class ContractCheckCommand implements Callable<Integer> {
  /** How the verdict is printed. */
  enum Form {
    TEXT,
    JSON
  }

  private static final class Of {
    @Option(names = "--table", paramLabel = "NAME", description = "The table.", required = true)
    private String table;

    @Option(names = "--stream", paramLabel = "NAME", description = "The stream.", required = true)
    private String stream;
  }

  @Mixin private ServerOption server;

  @Parameters(paramLabel = "FILE", description = "The schema, in Avro's JSON (.avsc).")
  private Path file;

  @ArgGroup(multiplicity = "1")
  private Of of;

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      defaultValue = "TEXT",
      description = "text or json (default: text).")
  private Form output;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    String kind = of.table != null ? "table" : "stream";
    JsonNode verdict =
        server.client().checkContract(of.table != null ? of.table : of.stream, kind, schema());
    PrintWriter out = spec.commandLine().getOut();
    if (verdict.has("error")) {
      spec.commandLine().getErr().print(ServerError.of(verdict.get("error")).render(""));
      spec.commandLine().getErr().flush();
      return Main.FAILED;
    }
    if (output == Form.JSON) {
      out.println(verdict);
    } else {
      print(out, verdict);
    }
    out.flush();
    return verdict.path("compatible").asBoolean() ? Main.DONE : Main.FAILED;
  }

  /** A file that is not there is a mistake of the call, not a verdict on the schema. */
  private String schema() {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      String reason = Files.exists(file) ? "it is no text in UTF-8" : "there is no such file";
      throw new ParameterException(spec.commandLine(), "Cannot read " + file + ": " + reason, e);
    }
  }

  private void print(PrintWriter out, JsonNode verdict) {
    boolean compatible = verdict.path("compatible").asBoolean();
    out.println(
        file
            + (compatible ? " may" : " may not")
            + " be the next version of contract "
            + verdict.path("contract").asText()
            + (verdict.has("version") ? ", behind version " + verdict.get("version").asInt() : "")
            + ", compatibility "
            + verdict.path("compatibility").asText());
    for (JsonNode problem : verdict.path("incompatibilities")) {
      String field = problem.path("field").asText();
      out.println(
          "  "
              + (field.isEmpty() ? "the schema" : "field " + Cells.printable(field))
              + ": "
              + direction(problem.path("direction").asText())
              + Cells.printable(problem.path("reason").asText()));
    }
    for (JsonNode effect : verdict.path("effects")) {
      String detail = effect.path("detail").asText();
      out.println(
          "  "
              + Cells.printable(effect.path("dependant").asText())
              + ": "
              + effect.path("effect").asText()
              + (detail.isEmpty() ? "" : "; " + Cells.printable(detail)));
    }
  }

  private static String direction(String direction) {
    return switch (direction) {
      case "backward" -> "backward; ";
      case "forward" -> "forward; ";
      default -> "";
    };
  }
}
