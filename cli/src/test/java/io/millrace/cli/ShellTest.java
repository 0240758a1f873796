package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Types at the shell through a terminal of JLine. */
class ShellTest {
  private static final String CTRL_C = "\003";
  private static final String CTRL_D = "\004";
  private static final String UP = "\033[A";

  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private FakeServer server;
  private PipedOutputStream keyboard;
  private Terminal terminal;
  private CompletableFuture<Integer> exit;
  @TempDir private Path folder;

  @BeforeEach
  void start() throws IOException {
    server = new FakeServer();
    open(Optional.empty());
  }

  private void open(Optional<String> pager) throws IOException {
    open(Output.TABLE, pager);
  }

  private void open(Output output, Optional<String> pager) throws IOException {
    screen.reset();
    keyboard = new PipedOutputStream();
    terminal =
        TerminalBuilder.builder()
            .system(false)
            .type("ansi")
            .encoding(StandardCharsets.UTF_8)
            .streams(new PipedInputStream(keyboard), screen)
            .build();
    terminal.setSize(new Size(120, 20));
    Shell shell = new Shell(new Client(server.url()), output, folder.resolve("history"), pager);
    exit = CompletableFuture.supplyAsync(() -> shell.run(terminal));
    awaitScreen("millrace> ");
  }

  @AfterEach
  void stop() throws IOException {
    type(CTRL_C + CTRL_D);
    assertThat(exit.orTimeout(10, java.util.concurrent.TimeUnit.SECONDS).join()).isZero();
    terminal.close();
    server.close();
  }

  private void type(String keys) throws IOException {
    keyboard.write(keys.getBytes(StandardCharsets.UTF_8));
    keyboard.flush();
  }

  private void awaitScreen(String text) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(screen.toString(StandardCharsets.UTF_8)).contains(text));
  }

  private void awaitStatements(String... statements) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(server.statements).containsExactly(statements));
  }

  @Test
  void statementGoesOnOverLinesUntilItsSemicolon() throws IOException {
    type("SELECT ';' -- not; yet\r");
    awaitScreen("       -> ");
    type(" + 1; SELECT 2;\r");
    awaitStatements("SELECT ';' -- not; yet\n + 1", "SELECT 2");
    awaitScreen("Did it.");
  }

  @Test
  void historyOutlivesTheShell() throws IOException {
    type("SELECT 1,\r 2;\r");
    awaitStatements("SELECT 1,\n 2");
    stop();
    assertThat(Files.readString(folder.resolve("history"))).contains("SELECT 1,");
    start();
    type(UP + "\r");
    awaitStatements("SELECT 1,\n 2");
  }

  @Test
  void shortcutsAreStatements() throws IOException {
    type("\\d\r\\d orders\r\\d+ orders;\r\\dq\r\\nope\r\\?\r");
    awaitStatements(
        "SHOW STREAMS",
        "SHOW TABLES",
        "DESCRIBE orders",
        "DESCRIBE EXTENDED orders",
        "SHOW QUERIES");
    awaitScreen("error: no such shortcut: \\nope");
    awaitScreen("Ctrl-C ends a running query");
  }

  @Test
  void leavesByShortcut() throws IOException {
    type("\\q\r");
    assertThat(exit.orTimeout(10, java.util.concurrent.TimeUnit.SECONDS).join()).isZero();
  }

  private static final String TWO_COLUMNS =
      """
      {"id": "x", "columns": [{"name": "a", "type": "INT"}, {"name": "b", "type": "STRING"}],
       "rows": [[1, "x"]]}""";

  @Test
  void outputTurnsVerticalAndBack() throws IOException {
    server.on("SELECT 1", FakeServer.json(200, TWO_COLUMNS));
    type("SELECT 1;\r");
    awaitScreen(" 1 | x");
    type("\\x\rSELECT 1;\r");
    awaitScreen("Expanded display is on.");
    awaitScreen("-[ row 1 ]-");
    type("\\x off\r\\x off\r\\x maybe\r");
    awaitScreen("error: Invalid value: maybe");
    assertThat(screen.toString(StandardCharsets.UTF_8))
        .containsPattern("(?s)display is off.*display is off.*error.*display is off");
    screen.reset();
    type("SELECT 1;\r");
    awaitScreen(" 1 | x");
  }

  @Test
  void outputTurnsBackToTheFormatThatTheShellWasOpenedWith() throws IOException {
    stop();
    server = new FakeServer();
    open(Output.JSON, Optional.empty());
    server.on("SELECT 1", FakeServer.json(200, TWO_COLUMNS));
    type("\\x on\rSELECT 1;\r");
    awaitScreen("-[ row 1 ]-");
    type("\\x\rSELECT 1;\r");
    awaitScreen("{\"a\":1,\"b\":\"x\"}");
  }

  @Test
  void timingIsToldBehindEachStatementUntilItIsOff() throws IOException {
    server.on("BAD", FakeServer.json(400, "{\"error\": {\"message\": \"Cannot\"}}"));
    type("\\timing\rSELECT 1;\r");
    awaitScreen("Timing is on.");
    awaitScreen("Did it.");
    type("BAD;\r\\timing off\rSELECT 2;\r");
    awaitStatements("SELECT 1", "BAD", "SELECT 2");
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () ->
                assertThat(screen.toString(StandardCharsets.UTF_8))
                    .containsPattern(
                        "(?s)Did it\\.\\R(Time: [0-9.]+ ms).*error: Cannot\\R(Time: [0-9.]+ ms)"
                            + ".*Timing is off\\..*Did it\\.\\R(?!Time)"));
  }

  @Test
  void errorPointsAtItsPlaceAndStopsWhatFollowsOnTheLine() throws IOException {
    server.on(
        "BAD 水",
        FakeServer.json(400, "{\"error\": {\"message\": \"Cannot\", \"line\": 1, \"column\": 5}}"));
    type("BAD 水; SELECT 1;\r");
    awaitScreen("error: Cannot");
    awaitScreen("      ^^");
    type("SELECT 2;\r");
    awaitStatements("BAD 水", "SELECT 2");
  }

  @Test
  void ctrlCEndsAPushQueryAndNotTheShell() throws IOException {
    server.on("PUSH", FakeServer::pushUntilCancelled);
    type("PUSH; SELECT 1;\r");
    awaitScreen(" + | 7");
    type(CTRL_C);
    awaitScreen("(1 row)");
    type("SELECT 2;\r");
    awaitStatements("PUSH", "SELECT 2");
  }

  @Test
  void signalEndsAPushQueryThatTheServerDidNotYetKnow() throws IOException {
    server.on(
        "SLOW",
        (exchange, cancelled) -> {
          // Before the answer begins the server may not know what to cancel.
          terminal.raise(Terminal.Signal.INT);
          FakeServer.pushUntilCancelled(exchange, cancelled);
        });
    type("SLOW;\r");
    awaitScreen("(1 row)");
  }

  @Test
  void ctrlCAtThePromptDropsTheLineAndNotTheShell() throws IOException {
    type("SELECT oops" + CTRL_C);
    awaitScreen("leaves)");
    type("SELECT 1;\r");
    awaitStatements("SELECT 1");
  }

  @Test
  void lostServerDoesNotEndTheShell() throws IOException {
    server.on("LOST", (exchange, cancelled) -> exchange.close());
    type("LOST;\r");
    awaitScreen("error: Failed to read the answer");
    type("SELECT 1;\r");
    awaitStatements("LOST", "SELECT 1");
  }

  @Test
  void tabCompletesWordsNamesAndColumns() throws IOException {
    server.names =
        """
        {"relations": {"sales": ["id", "amount"], "shop.customers": ["country"]},
         "views": [], "queries": ["nightly"], "sinks": []}""";
    type("sele\t* FROM sal\ts WHERE abs(s.amo\t) > 1 EMIT\t;\r");
    awaitStatements("select * FROM sales s WHERE abs(s.amount ) > 1 EMIT CHANGES");
    type("DROP QUERY nigh\t;\rSELECT coun\t;\rselect * from shop.c\twhere coun\t= 'a';\r");
    awaitStatements(
        "select * FROM sales s WHERE abs(s.amount ) > 1 EMIT CHANGES",
        "DROP QUERY nightly",
        "SELECT coun",
        "select * from shop.customers where country = 'a'");
  }

  private static String rows(int count) {
    return "{\"id\": \"x\", \"columns\": [{\"name\": \"a\", \"type\": \"STRING\"}], \"rows\": ["
        + "[\"row\"],".repeat(count - 1)
        + "[\"last\"]]}";
  }

  @Test
  void onlyAnAnswerLongerThanTheScreenIsPaged() throws IOException {
    stop();
    server = new FakeServer();
    Path paged = folder.resolve("paged");
    open(Optional.of("cat > '" + paged + "'"));
    server.on("SHORT", FakeServer.json(200, rows(5)));
    server.on("LONG", FakeServer.json(200, rows(5000)));
    type("SHORT;\r");
    awaitScreen("(5 rows)");
    assertThat(paged).doesNotExist();
    type("LONG;\rSELECT 1;\r");
    awaitStatements("SHORT", "LONG", "SELECT 1");
    assertThat(paged).content().startsWith(" a\n").endsWith(" last\n(5000 rows)\n");
  }

  @Test
  void leavingThePagerEndsTheStatementAndNotTheShell() throws IOException {
    stop();
    server = new FakeServer();
    open(Optional.of("head -1 > '" + folder.resolve("paged") + "'"));
    server.on("LONG", FakeServer.json(200, rows(200_000)));
    type("LONG;\rSELECT 1;\r");
    awaitStatements("LONG", "SELECT 1");
    awaitScreen("Did it.");
    assertThat(screen.toString(StandardCharsets.UTF_8)).doesNotContain("error:");
    stop();
    server = new FakeServer();
    open(Optional.of("no-such-pager"));
    server.on("LONG", FakeServer.json(200, rows(100)));
    type("LONG;\r");
    awaitScreen("error: Cannot run the pager: no-such-pager");
  }
}
