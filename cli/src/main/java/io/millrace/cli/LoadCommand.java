package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code millrace load}: files into a stream or table, each in one transaction. */
@Command(
    name = "load",
    description = "Loads files into a stream or table; each file is one transaction.")
final class LoadCommand implements Callable<Integer> {
  private static final int SHOWN_REFUSALS = 10;

  /** What one bad row does: refuses its file, or itself alone. */
  enum OnError {
    REJECT,
    SKIP
  }

  @Mixin private ServerOption server;

  @Parameters(index = "0", paramLabel = "NAME", description = "The stream or table.")
  private String name;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "FILE",
      description = "The files; those that end in .gz are unpacked by the server.")
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
      defaultValue = "REJECT",
      description = "A bad row refuses its file (reject, the default) or itself alone (skip).")
  private OnError onError;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      defaultValue = "${env:MILLRACE_TOKEN}",
      description = "What the stream's 'token' asks for (default: MILLRACE_TOKEN).")
  private String token;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  @Spec private CommandSpec spec;

  private long accepted;
  private long refused;
  private int loaded;

  @Override
  public Integer call() throws IOException {
    for (Path file : files) {
      requireReadable(file);
    }
    Client client = server.client();
    Progress progress = new Progress(screen(), files.size());
    boolean failed = false;
    try {
      for (Path file : files) {
        JsonNode answer = send(client, file, progress);
        progress.clear();
        count(answer);
        report(file, answer);
        failed |= answer.has("error");
        if (answer.has("error") && !answer.has("refusals")) {
          break; // not the rows of this file but the request is wrong: so is the next
        }
        progress.loaded(answer.path("accepted").asLong());
      }
    } finally {
      progress.clear();
      if (loaded > 0 || refused > 0) {
        summary();
      }
    }
    return failed ? Main.FAILED : Main.DONE;
  }

  private static void requireReadable(Path file) throws IOException {
    String reason =
        !Files.exists(file)
            ? "there is no such file"
            : Files.isDirectory(file)
                ? "it is a folder"
                : Files.isReadable(file) ? "" : "you may not read it";
    if (!reason.isEmpty()) {
      throw new IOException("Cannot read " + file + ": " + reason);
    }
  }

  private static PrintWriter screen() {
    Console console = System.console();
    return console == null ? new PrintWriter(Writer.nullWriter()) : console.writer();
  }

  /** A file whose answer is lost is sent once more, under the same key: it is not loaded twice. */
  private JsonNode send(Client client, Path file, Progress progress) throws IOException {
    String key = UUID.randomUUID().toString();
    boolean regular = Files.isRegularFile(file);
    boolean again = regular;
    while (true) {
      long size = regular ? Files.size(file) : 0;
      try (WatchedStream in = new WatchedStream(Files.newInputStream(file))) {
        try {
          return client.load(
              name, query(), headers(file, key), body(progress.next(in, size), size));
        } catch (AnswerLostException e) {
          if (in.failure() != null) {
            throw new IOException("Cannot read " + file + ": " + in.failure().getMessage(), e);
          }
          if (!again) {
            throw new IOException(
                e.getMessage()
                    + "\nhint: Whether "
                    + file
                    + " was loaded is not known: look first.",
                e);
          }
          again = false;
        }
      }
    }
  }

  private Map<String, String> query() {
    Map<String, String> query = new LinkedHashMap<>(options);
    query.put("format", format);
    query.put("on-error", onError.name().toLowerCase(Locale.ROOT));
    return query;
  }

  private Map<String, String> headers(Path file, String key) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Idempotency-Key", key);
    if (token != null) {
      headers.put("Authorization", "Bearer " + token);
    }
    if (file.toString().endsWith(".gz")) {
      headers.put("Content-Encoding", "gzip");
    }
    return headers;
  }

  /**
   * A file is sent with its length: should its reading fail, the server sees that it is not whole
   * and writes none of it. A pipe has no length.
   */
  private static BodyPublisher body(InputStream in, long size) {
    BodyPublisher stream = BodyPublishers.ofInputStream(() -> in);
    return size == 0 ? stream : BodyPublishers.fromPublisher(stream, size);
  }

  private void count(JsonNode answer) {
    refused += answer.path("refused").asLong();
    if (!answer.has("error")) {
      accepted += answer.path("accepted").asLong();
      loaded++;
    }
  }

  private void summary() {
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        "Loaded "
            + rows(accepted)
            + String.format(Locale.ROOT, " from %d of %d files into %s", loaded, files.size(), name)
            + (refused == 0 ? "" : "; " + rows(refused) + (refused == 1 ? " was" : " were"))
            + (refused == 0 ? "." : " refused."));
    out.flush();
  }

  private static String rows(long count) {
    return String.format(Locale.ROOT, "%,d %s", count, count == 1 ? "row" : "rows");
  }

  private void report(Path file, JsonNode answer) {
    PrintWriter err = spec.commandLine().getErr();
    if (answer.has("error")) {
      ServerError error = ServerError.of(answer.get("error"));
      err.println("error: " + file + ": " + error.message());
      if (!error.hint().isEmpty()) {
        err.println("hint: " + error.hint());
      }
    }
    int shown = 0;
    for (JsonNode refusal : answer.path("refusals")) {
      if (shown == SHOWN_REFUSALS) {
        break;
      }
      shown++;
      err.println(file + ": row " + refusal.path("row").asLong() + reason(refusal));
      String text = refusal.path("text").asText("");
      if (!text.isEmpty()) {
        err.println("  " + Cells.printable(text));
      }
    }
    long more = answer.path("refused").asLong() - shown;
    if (more > 0) {
      err.println(String.format(Locale.ROOT, "%s: ... and %s more", file, rows(more)));
    }
    err.flush();
  }

  /** Names the field, where there is one. */
  private static String reason(JsonNode refusal) {
    String field = refusal.path("field").asText("");
    String reason = Cells.printable(refusal.path("reason").asText());
    return (field.isEmpty() ? "" : ", field " + field) + ": " + reason;
  }
}
