package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code millrace load}: files into a stream or table, each in one transaction. */
@Command(
    name = "load",
    description = "Loads files into a stream or table; each file is one transaction.",
    mixinStandardHelpOptions = true)
final class LoadCommand implements Callable<Integer> {
  private static final int SHOWN_REFUSALS = 10;

  @Mixin private ServerOption server;

  @Parameters(index = "0", paramLabel = "NAME", description = "The stream or table.")
  private String name;

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "FILE", description = "The files.")
  private List<Path> files;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "json",
      description = "The files' format: json, delimited, w3c, avro or raw (default: json).")
  private String format;

  @Option(
      names = "--option",
      paramLabel = "KEY=VALUE",
      description = "An option of the format, such as delimiter=';' or header=on.")
  private Map<String, String> options = new LinkedHashMap<>();

  @Option(
      names = "--on-error",
      paramLabel = "reject|skip",
      defaultValue = "reject",
      description = "A bad row refuses its file (reject) or itself alone (skip).")
  private String onError;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    Client client = server.client();
    long accepted = 0;
    long refused = 0;
    int failed = 0;
    for (int i = 0; i < files.size(); i++) {
      Path file = files.get(i);
      if (!Files.isReadable(file)) {
        spec.commandLine().getErr().println("error: Cannot read " + file);
        return Main.FAILED;
      }
      JsonNode answer = client.load(name, query(), BodyPublishers.ofInputStream(() -> open(file)));
      JsonNode error = answer.path("error");
      refused += answer.path("refused").asLong();
      if (error.isObject()) {
        failed++;
        report(file, answer, ServerError.of(error));
        if (!answer.has("refusals")) {
          return Main.FAILED;
        }
      } else {
        accepted += answer.path("accepted").asLong();
        report(file, answer, null);
      }
      progress(i + 1, accepted);
    }
    progressDone();
    out.printf(
        "Loaded %,d rows from %d of %d files into %s%s.%n",
        accepted,
        files.size() - failed,
        files.size(),
        name,
        refused > 0 ? String.format("; %,d rows were refused", refused) : "");
    out.flush();
    return failed == 0 ? Main.DONE : Main.FAILED;
  }

  private String query() {
    Map<String, String> all = new LinkedHashMap<>(options);
    all.put("format", format);
    all.put("on-error", onError);
    return all.entrySet().stream()
        .map(e -> encode(e.getKey()) + "=" + encode(e.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static InputStream open(Path file) {
    try {
      InputStream in = Files.newInputStream(file);
      return file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void report(Path file, JsonNode answer, ServerError error) {
    PrintWriter err = spec.commandLine().getErr();
    JsonNode refusals = answer.path("refusals");
    if (error == null && refusals.isEmpty()) {
      return;
    }
    progressDone();
    if (error != null) {
      err.println(file + ": " + error.message());
      if (!error.hint().isEmpty()) {
        err.println("hint: " + error.hint());
      }
    }
    int shown = 0;
    for (JsonNode refusal : refusals) {
      if (shown++ == SHOWN_REFUSALS) {
        err.println("  ... and " + (answer.path("refused").asLong() - SHOWN_REFUSALS) + " more");
        break;
      }
      err.println(
          file
              + ": row "
              + refusal.path("row").asLong()
              + ": "
              + refusal.path("reason").asText()
              + (refusal.path("text").asText().isEmpty()
                  ? ""
                  : "\n  " + refusal.path("text").asText()));
    }
    err.flush();
  }

  private void progress(int done, long accepted) {
    if (System.console() != null) {
      System.console().printf("\r%d of %d files, %,d rows", done, files.size(), accepted).flush();
    }
  }

  private void progressDone() {
    if (System.console() != null) {
      System.console().printf("\r%60s\r", "").flush();
    }
  }
}
