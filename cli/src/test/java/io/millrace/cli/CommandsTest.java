package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandsTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private FakeServer server;

  @BeforeEach
  void start() throws IOException {
    server = new FakeServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private int run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--url", server.url()));
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all.toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"csv", "CSV", "Csv"})
  void rowsComeInTheFormatAskedForInAnyCase(String format) {
    server.on(
        "SELECT 1",
        FakeServer.json(
            200,
            """
            {"id": "x", "details": {"a": [1]},
             "columns": [{"name": "a", "type": "INT"}], "rows": [[1], [null]]}"""));
    assertThat(run("sql", "--output", format, "-e", "SELECT 1;")).isZero();
    assertThat(out).hasToString("a\r\n1\r\n\r\n");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void scriptStopsAtTheFirstStatementThatFails() {
    server.on(
        "BAD",
        FakeServer.json(
            400,
            """
            {"error": {"code": "SYNTAX_ERROR", "message": "Cannot read 'BAD'", "hint": "Write good.",
             "line": 1, "column": 1, "length": 3}}"""));
    assertThat(run("sql", "-e", "-- first\nGOOD; BAD; NEVER")).isEqualTo(1);
    assertThat(server.statements).containsExactly("-- first\nGOOD", "BAD");
    assertThat(out).hasToString("Did it.\n");
    assertThat(err).hasToString("error: Cannot read 'BAD'\n  BAD\n  ^^^\nhint: Write good.\n");
  }

  @Test
  void fileIsRunAndOneThatIsMissingIsOneClearLine(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("a.sql"), "\uFEFFONE;\n-- done; \n");
    assertThat(run("sql", "-f", file.toString())).isZero();
    assertThat(server.statements).containsExactly("\uFEFFONE");
    assertThat(run("sql", "-f", folder.resolve("b.sql").toString())).isEqualTo(1);
    assertThat(err)
        .hasToString("error: Cannot read " + folder.resolve("b.sql") + ": there is no such file\n");
    err.getBuffer().setLength(0);
    Files.write(file, new byte[] {'x', (byte) 0xE4, 'y'});
    assertThat(run("sql", "-f", file.toString())).isEqualTo(1);
    assertThat(err).hasToString("error: Cannot read " + file + ": it is not UTF-8\n");
  }

  @Test
  void statementsAreReadFromStandardInput() {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream("ONE 'ä';\nTWO".getBytes(StandardCharsets.UTF_8)));
    try {
      assertThat(run("sql")).isZero();
    } finally {
      System.setIn(before);
    }
    assertThat(server.statements).containsExactly("ONE 'ä'", "TWO");
  }

  @Test
  void errorHalfWayComesBehindTheRowsThatCame() {
    server.on(
        "SELECT 1",
        FakeServer.json(
            200,
            """
            {"id": "x", "columns": [{"name": "a", "type": "INT"}], "rows": [[1]],
             "error": {"code": "INVALID_QUERY", "message": "Cannot divide by zero"}}"""));
    assertThat(run("sql", "-e", "SELECT 1")).isEqualTo(1);
    assertThat(out).hasToString(" a\n---\n 1\n");
    assertThat(err).hasToString("error: Cannot divide by zero\n");
  }

  @Test
  void rowsThatAreLeftOutAreToldAtTheEndOfTheAnswer() {
    server.on(
        "PREVIEW",
        (exchange, cancelled) -> {
          try (OutputStream lines = FakeServer.push(exchange)) {
            FakeServer.line(lines, "{\"columns\": [{\"name\": \"n\", \"type\": \"INT\"}]}");
            FakeServer.line(lines, "{\"op\": \"+\", \"row\": [7]}");
            FakeServer.line(
                lines, "{\"end\": true, \"left_out\": {\"rows\": 2, \"reason\": \"no\\nway\"}}");
          }
        });
    String notice = "notice: 2 rows were left out, the first: no\\nway\n";
    assertThat(run("sql", "-e", "PREVIEW")).isZero();
    assertThat(run("sql", "--output", "vertical", "-e", "PREVIEW")).isZero();
    assertThat(out.toString()).containsSubsequence("(1 row)\n" + notice, "(1 row)\n" + notice);
    assertThat(err.toString()).isEmpty();
    out.getBuffer().setLength(0);
    assertThat(run("sql", "--output", "csv", "-e", "PREVIEW")).isZero();
    assertThat(out).hasToString("op,n\r\n+,7\r\n");
    assertThat(err).hasToString(notice);
    out.getBuffer().setLength(0);
    assertThat(run("sql", "--output", "json", "-e", "PREVIEW")).isZero();
    assertThat(out)
        .hasToString(
            "{\"_op\":\"+\",\"n\":7}\n{\"_left_out\":{\"rows\":2,\"reason\":\"no\\nway\"}}\n");
  }

  @Test
  void changesAreShownWhileTheQueryRuns() throws Exception {
    server.on("PUSH", FakeServer::pushUntilCancelled);
    Client client = new Client(server.url());
    String id = Client.newId();
    List<Integer> codes = new ArrayList<>();
    PrintWriter writer = new PrintWriter(out);
    Thread thread =
        new Thread(
            () -> {
              try {
                client.run(id, "PUSH", java.util.Map.of(), Output.TABLE.printer(writer, writer));
                codes.add(0);
              } catch (IOException e) {
                codes.add(1);
              }
            });
    thread.start();
    await().untilAsserted(() -> assertThat(out).hasToString("   | n\n---+---\n + | 7\n"));
    client.cancel(id);
    thread.join();
    assertThat(codes).containsExactly(0);
    assertThat(out.toString()).endsWith(" + | 7\n(1 row)\n");
  }

  @Test
  void changesEndWithTheErrorThatEndedThem() {
    server.on(
        "PUSH",
        (exchange, cancelled) -> {
          try (OutputStream body = FakeServer.push(exchange)) {
            FakeServer.line(body, "{\"id\": \"x\", \"columns\": [{\"name\": \"n\"}]}");
            FakeServer.line(body, "{\"op\": \"U\", \"row\": [\"a\"]}");
            FakeServer.line(body, "");
            FakeServer.line(body, "{\"error\": {\"message\": \"Failed to go on\"}}");
          }
        });
    assertThat(run("sql", "-e", "PUSH", "--output", "json")).isEqualTo(1);
    assertThat(out).hasToString("{\"_op\":\"U\",\"n\":\"a\"}\n");
    assertThat(err).hasToString("error: Failed to go on\n");
  }

  @Test
  void answerThatBreaksOffIsAnErrorAndNotAnEnd() {
    server.on(
        "PUSH",
        (exchange, cancelled) -> {
          try (OutputStream body = FakeServer.push(exchange)) {
            FakeServer.line(body, "{\"id\": \"x\", \"columns\": [{\"name\": \"n\"}]}");
          }
        });
    server.on("FINITE", FakeServer.json(200, "{\"id\": \"x\", \"columns\": [], \"rows\": [[1"));
    assertThat(run("sql", "-e", "PUSH")).isEqualTo(1);
    assertThat(err.toString()).startsWith("error: Failed to read the answer of " + server.url());
    err.getBuffer().setLength(0);
    assertThat(run("sql", "-e", "FINITE")).isEqualTo(1);
    assertThat(err.toString()).startsWith("error: Failed to read the answer of ").hasLineCount(1);
  }

  @Test
  void serverThatIsNoMillraceIsSaidToBeNone() {
    server.on(
        "X", (exchange, cancelled) -> FakeServer.send(exchange, 404, "text/html", "<html>no"));
    assertThat(run("sql", "-e", "X")).isEqualTo(1);
    assertThat(err)
        .hasToString(
            "error: Failed to read the answer of "
                + server.url()
                + ": it is no JSON (HTTP 404); is this a Millrace server?\n");
  }

  @Test
  void serverNotReachedIsExitCode3(@TempDir Path folder) throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    server.close();
    Path file = Files.writeString(folder.resolve("a.json"), "{}");
    for (String[] command :
        new String[][] {{"sql", "-e", "SELECT 1"}, {"load", "t", file.toString()}}) {
      List<String> all = new ArrayList<>(Arrays.asList(command));
      all.addAll(List.of("--url", "127.0.0.1:" + port));
      err.getBuffer().setLength(0);
      assertThat(
              Main.commandLine().setErr(new PrintWriter(err)).execute(all.toArray(String[]::new)))
          .isEqualTo(3);
      assertThat(err.toString())
          .endsWith("127.0.0.1:" + port + ". Start it with: millrace start\n")
          .hasLineCount(1);
    }
  }

  @Test
  void wrongUsageIsExitCode2(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("a.json"), "{}");
    assertThat(run("sql", "--nope")).isEqualTo(2);
    assertThat(run("sql", "-e", "A", "-f", "b")).isEqualTo(2);
    assertThat(run("sql", "--output", "xml", "-e", "A")).isEqualTo(2);
    assertThat(run("load", "t")).isEqualTo(2);
    assertThat(run("load", "t", file.toString(), "--on-error", "ignore")).isEqualTo(2);
    assertThat(server.statements).isEmpty();
    assertThat(server.loads).isEmpty();
  }

  private static Path gzip(Path file, byte[] content) throws IOException {
    try (OutputStream packed = new GZIPOutputStream(Files.newOutputStream(file))) {
      packed.write(content);
    }
    return file;
  }

  @Test
  void everyFileIsOneRequestAndGzipIsLeftToTheServer(@TempDir Path folder) throws IOException {
    byte[] large = "{\"a\": 1}\n".repeat(300_000).getBytes(StandardCharsets.UTF_8);
    Path plain = Files.write(folder.resolve("a.json"), large);
    Path packed = gzip(folder.resolve("b.json.gz"), large);
    Path empty = Files.createFile(folder.resolve("c.json"));
    server.loadReply = FakeServer.json(200, "{\"accepted\": 1000, \"refused\": 0}");
    assertThat(
            run(
                "load",
                "my stream$x",
                plain.toString(),
                packed.toString(),
                empty.toString(),
                "--option",
                "delimiter=;",
                "--on-error",
                "skip"))
        .isZero();
    assertThat(server.loads)
        .extracting(FakeServer.Load::path)
        .containsOnly("/v1/streams/my stream$x/rows");
    assertThat(server.loads)
        .extracting(FakeServer.Load::query)
        .containsOnly("delimiter=%3B&format=json&on-error=skip");
    assertThat(server.loads)
        .extracting(load -> load.headers().getFirst("Content-Encoding"))
        .containsExactly(null, "gzip", null);
    assertThat(server.loads.get(0).body()).isEqualTo(large);
    assertThat(
            new GZIPInputStream(new ByteArrayInputStream(server.loads.get(1).body()))
                .readAllBytes())
        .isEqualTo(large);
    assertThat(server.loads.get(2).body()).isEmpty();
    assertThat(out).hasToString("Loaded 3,000 rows from 3 of 3 files into my stream$x.\n");
  }

  @Test
  void refusedRowsAreListedAndTheOtherFilesAreLoaded(@TempDir Path folder) throws IOException {
    Path bad = Files.writeString(folder.resolve("bad.json"), "bad");
    Path good = Files.writeString(folder.resolve("good.json"), "good");
    StringBuilder refusals = new StringBuilder();
    for (int i = 1; i <= 12; i++) {
      refusals.append(i == 1 ? "" : ",").append("{\"row\": ").append(i);
      refusals.append(", \"field\": \"n\", \"reason\": \"not a number\", \"text\": \"x\\ty\"}");
    }
    String answer =
        "{\"error\": {\"message\": \"Cannot write to t\", \"hint\": \"Mend them.\"},"
            + " \"accepted\": 0, \"refused\": 1200, \"refusals\": ["
            + refusals
            + "]}";
    server.loadReply =
        (exchange, cancelled) -> {
          boolean first = server.loads.size() == 1;
          FakeServer.send(
              exchange,
              first ? 422 : 200,
              "application/json",
              first ? answer : "{\"accepted\": 1, \"refused\": 0, \"refusals\": []}");
        };
    assertThat(run("load", "t", bad.toString(), good.toString())).isEqualTo(1);
    assertThat(out)
        .hasToString("Loaded 1 row from 1 of 2 files into t; 1,200 rows were refused.\n");
    assertThat(err.toString())
        .startsWith(
            "error: %s: Cannot write to t\nhint: Mend them.\n%s: row 1, field n: not a number\n  x\\ty\n"
                .formatted(bad, bad))
        .contains(bad + ": row 10, field n")
        .doesNotContain(": row 11")
        .endsWith(bad + ": ... and 1,190 rows more\n");
  }

  @Test
  void requestThatIsRefusedAsAWholeEndsTheLoad(@TempDir Path folder) throws IOException {
    Path a = Files.write(folder.resolve("a.json"), new byte[1 << 20]);
    server.loadReply =
        FakeServer.json(
            404, "{\"error\": {\"message\": \"Cannot find t\", \"hint\": \"Did you mean u?\"}}");
    assertThat(run("load", "t", a.toString(), a.toString())).isEqualTo(1);
    assertThat(server.loads).hasSize(1);
    assertThat(err).hasToString("error: " + a + ": Cannot find t\nhint: Did you mean u?\n");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void nothingIsLoadedWhereAFileIsMissing(@TempDir Path folder) throws IOException {
    Path there = Files.writeString(folder.resolve("a.json"), "{}");
    assertThat(run("load", "t", there.toString(), folder.resolve("b.json").toString()))
        .isEqualTo(1);
    assertThat(run("load", "t", there.toString(), folder.toString())).isEqualTo(1);
    assertThat(server.loads).isEmpty();
    assertThat(err)
        .hasToString(
            "error: Cannot read %s/b.json: there is no such file\nerror: Cannot read %s: it is a folder\n"
                .formatted(folder, folder));
  }

  @Test
  void fileWhoseAnswerIsLostIsSentOnceMoreUnderTheSameKey(@TempDir Path folder) throws IOException {
    Path a = Files.writeString(folder.resolve("a.json"), "{}");
    FakeServer.Reply answer = server.loadReply;
    server.loadReply =
        (exchange, cancelled) -> {
          server.loadReply = answer;
          exchange.close();
        };
    assertThat(run("load", "t", a.toString(), "--token", "s3cret")).isZero();
    assertThat(out.toString()).isEqualTo("Loaded 1 row from 1 of 1 files into t.\n");
    assertThat(server.loads).hasSize(2);
    assertThat(server.loads)
        .extracting(load -> load.headers().getFirst("Idempotency-Key"))
        .doesNotContainNull()
        .containsOnly(server.loads.get(0).headers().getFirst("Idempotency-Key"));
    assertThat(server.loads)
        .extracting(load -> load.headers().getFirst("Authorization"))
        .containsOnly("Bearer s3cret");
  }

  @Test
  void lostAnswerOfALoadSaysThatItsOutcomeIsNotKnown(@TempDir Path folder) throws IOException {
    Path a = Files.writeString(folder.resolve("a.json"), "{}");
    server.loadReply = (exchange, cancelled) -> exchange.close();
    assertThat(run("load", "t", a.toString())).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("error: Failed to read the answer of " + server.url())
        .endsWith("hint: Whether " + a + " was loaded is not known: look first.\n");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void progressTellsFileShareAndRows() throws IOException {
    StringWriter screen = new StringWriter();
    Progress progress = new Progress(new PrintWriter(screen), 2);
    progress.next(new ByteArrayInputStream(new byte[4 << 20]), 4 << 20).readAllBytes();
    progress.loaded(1234);
    progress.next(new ByteArrayInputStream(new byte[3 << 20]), 0).readNBytes(2 << 20);
    assertThat(screen.toString().replace("\033[K", "").split("\r"))
        .startsWith("", "file 1 of 2: 0%, 0 rows", "file 1 of 2: 25%, 0 rows")
        .contains("file 1 of 2: 100%, 0 rows", "file 2 of 2: 0 MB, 1,234 rows")
        .endsWith("file 2 of 2: 2 MB, 1,234 rows");
  }

  private static final String VERDICT =
      """
      {"name": "t", "kind": "table", "contract": "t-value", "version": 2,
       "compatibility": "FULL", "compatible": %s, "incompatibilities": [%s],
       "effects": [{"dependant": "view v", "effect": "unchanged", "detail": ""},
                   {"dependant": "sink s", "effect": "restarted", "detail": "carries b"}]}""";

  @Test
  void contractThatMayFollowIsToldWithItsEffectsAndTheExitCodeIsZero(@TempDir Path folder)
      throws IOException {
    Path file = Files.writeString(folder.resolve("t.avsc"), "{\"type\": \"int\"}");
    server.checkReply = FakeServer.json(200, VERDICT.formatted("true", ""));
    assertThat(run("contract", "check", file.toString(), "--table", "sales.t")).isZero();
    assertThat(server.statements)
        .containsExactly("/v1/contracts/sales.t/check?kind=table {\"type\": \"int\"}");
    assertThat(out)
        .hasToString(
            file
                + " may be the next version of contract t-value, behind version 2, compatibility"
                + " FULL\n  view v: unchanged\n  sink s: restarted; carries b\n");
  }

  @Test
  void contractThatMayNotFollowIsExitCodeOneWithEachReason(@TempDir Path folder)
      throws IOException {
    Path file = Files.writeString(folder.resolve("t.avsc"), "{}");
    server.checkReply =
        FakeServer.json(
            200,
            VERDICT.formatted(
                "false",
                "{\"field\": \"a.b\", \"direction\": \"forward\", \"reason\": \"Field a.b is gone\"}"));
    assertThat(run("contract", "check", file.toString(), "--stream", "t")).isEqualTo(1);
    assertThat(out.toString())
        .startsWith(file + " may not be the next version of contract t-value")
        .contains("\n  field a.b: forward; Field a.b is gone\n");
    out.getBuffer().setLength(0);
    assertThat(run("contract", "check", file.toString(), "--stream", "t", "--output", "json"))
        .isEqualTo(1);
    assertThat(Client.JSON.readTree(out.toString()).at("/incompatibilities/0/field").asText())
        .isEqualTo("a.b");
    server.checkReply =
        FakeServer.json(
            404, "{\"error\": {\"code\": \"NOT_FOUND\", \"message\": \"Cannot find t\"}}");
    assertThat(run("contract", "check", file.toString(), "--stream", "t")).isEqualTo(1);
    assertThat(err).hasToString("error: Cannot find t\n");
  }

  @Test
  void contractCheckOfNoFileOrOfNothingIsUsage(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("t.avsc"), "{}");
    assertThat(run("contract", "check", folder.resolve("none").toString(), "--table", "t"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("there is no such file");
    assertThat(run("contract", "check", file.toString())).isEqualTo(2);
    assertThat(run("contract", "check", file.toString(), "--table", "a", "--stream", "b"))
        .isEqualTo(2);
    assertThat(run("contract")).isEqualTo(2);
    server.close();
    assertThat(run("contract", "check", file.toString(), "--table", "t")).isEqualTo(3);
  }
}
