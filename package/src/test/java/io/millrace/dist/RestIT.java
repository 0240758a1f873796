package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The REST door, as docs/reference/rest.md tells it. */
class RestIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @TempDir static Path folder;
  private static SingleProcess server;

  @BeforeAll
  static void start() throws Exception {
    server = TestServer.start(folder.resolve("data"));
    execute("CREATE STREAM readings (sensor STRING NOT NULL, value DOUBLE, at TIMESTAMP(3))");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(server.url().orElseThrow() + path));
  }

  private static HttpResponse<String> post(String path, String body) throws Exception {
    return CLIENT.send(
        request(path).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
  }

  private static JsonNode statement(Map<String, Object> body) throws Exception {
    return JSON.readTree(post("/v1/statements", JSON.writeValueAsString(body)).body());
  }

  private static JsonNode execute(String statement) throws Exception {
    return statement(Map.of("statement", statement));
  }

  private static JsonNode rows(String parameters, String body) throws Exception {
    return JSON.readTree(post("/v1/streams/readings/rows?" + parameters, body).body());
  }

  private static long count(String sensor) throws Exception {
    return statement(
            Map.of(
                "statement",
                "SELECT count(*) FROM readings WHERE sensor = ?",
                "parameters",
                List.of(sensor)))
        .at("/rows/0/0")
        .asLong();
  }

  private static void awaitCount(String sensor, long expected) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(count(sensor)).isEqualTo(expected));
  }

  @Test
  void aFiniteAnswerNamesItsColumnsAndTypes() throws Exception {
    String answer =
        post(
                "/v1/statements",
                "{\"statement\": \"SELECT 1 AS n, 'x' AS t, NULL AS nothing, 1.50 AS d,"
                    + " TIMESTAMP '2026-01-02 03:04:05' AS at\"}")
            .body();
    assertThat(answer)
        .contains("{\"name\":\"n\",\"type\":\"INT\"}")
        .contains("\"rows\":[[1,\"x\",null,1.50,\"2026-01-02T03:04:05\"]]");
  }

  @Test
  void anErrorHasItsCodeItsPlaceAndTheStatusOfTheCode() throws Exception {
    HttpResponse<String> response =
        post("/v1/statements", "{\"statement\": \"SELECT * FORM readings\"}");
    assertThat(response.statusCode()).isEqualTo(400);
    JsonNode error = JSON.readTree(response.body()).get("error");
    assertThat(error.get("code").asText()).isIn("SYNTAX_ERROR", "INVALID_QUERY");
    assertThat(error.get("line").asInt()).isEqualTo(1);
    assertThat(post("/v1/statements", "{\"statment\": \"SELECT 1\"}").body())
        .contains("INVALID_REQUEST");
    assertThat(post("/v1/statements", "{").statusCode()).isEqualTo(400);
  }

  @Test
  void rowsOfEveryFormatAreTakenIn() throws Exception {
    assertThat(
            rows(
                    "format=json",
                    "[{\"sensor\": \"json\", \"value\": 1.5, \"at\": \"2026-01-01T00:00:00\"}, {\"sensor\": \"json\"}]")
                .get("accepted")
                .asLong())
        .isEqualTo(2);
    assertThat(
            rows(
                    "format=json",
                    "{\"sensor\": \"json\", \"value\": 2}\n{\"sensor\": \"json\", \"value\": 3}\n")
                .get("accepted")
                .asLong())
        .isEqualTo(2);
    assertThat(
            rows("format=delimited&header=on&delimiter=%3B", "value;sensor\n1.5;csv\n;csv\n")
                .get("accepted")
                .asLong())
        .isEqualTo(2);
    assertThat(rows("format=w3c", "#Fields: at sensor value\n- w3c 4.5\n").get("accepted").asLong())
        .isEqualTo(1);
    awaitCount("json", 4);
    awaitCount("csv", 2);
    awaitCount("w3c", 1);
  }

  @Test
  void oneBadRowRefusesAllUnlessTheOthersAreAskedFor() throws Exception {
    String body =
        "{\"sensor\": \"bad\", \"value\": 1}\n{\"sensor\": \"bad\", \"value\": \"much\"}\n{\"value\": 3}\n";
    HttpResponse<String> response = post("/v1/streams/readings/rows?format=json", body);
    assertThat(response.statusCode()).isEqualTo(422);
    JsonNode refused = JSON.readTree(response.body());
    assertThat(refused.get("accepted").asLong()).isZero();
    assertThat(refused.at("/error/code").asText()).isEqualTo("ROW_REFUSED");
    assertThat(refused.get("refusals")).hasSize(2);
    assertThat(refused.at("/refusals/0/row").asLong()).isEqualTo(2);
    assertThat(refused.at("/refusals/0/field").asText()).isEqualTo("value");
    assertThat(refused.at("/refusals/1/field").asText()).isEqualTo("sensor");
    JsonNode skipped = rows("format=json&on-error=skip", body);
    assertThat(skipped.get("accepted").asLong()).isEqualTo(1);
    assertThat(skipped.get("refused").asLong()).isEqualTo(2);
    awaitCount("bad", 1);
  }

  private static HttpResponse<String> send(String path, Map<String, String> headers, String body)
      throws Exception {
    HttpRequest.Builder request = request(path).POST(BodyPublishers.ofString(body));
    headers.forEach(request::header);
    return CLIENT.send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void aRequestWithAKeyIsWrittenOnceHoweverOftenItIsSent() throws Exception {
    Map<String, String> key = Map.of("Idempotency-Key", "\"8e03978e-40d5\"");
    String body = "{\n  \"sensor\": \"once\",\n  \"value\": 1\n}\n";
    HttpResponse<String> first = send("/v1/streams/readings/rows", key, body);
    HttpResponse<String> again = send("/v1/streams/readings/rows", key, body);
    assertThat(first.headers().firstValue("Idempotent-Replayed")).isEmpty();
    assertThat(again.headers().firstValue("Idempotent-Replayed")).contains("true");
    assertThat(JSON.readTree(again.body()).get("positions"))
        .isEqualTo(JSON.readTree(first.body()).get("positions"));
    assertThat(again.body()).contains("\"accepted\":1", "\"repeated\":true");
    assertThat(send("/v1/streams/readings/rows", key, "{\"sensor\": \"other\"}").body())
        .contains("INVALID_REQUEST", "used for other rows");
    rows("format=json", "{\"sensor\": \"once\"}");
    awaitCount("once", 2);
    assertThat(
            execute("SELECT accepted FROM _millrace_requests WHERE topic = 'readings'").toString())
        .contains("[[1]]");
  }

  @Test
  void aStreamWithATokenTakesRowsOnlyFromThoseWhoBringIt() throws Exception {
    Path secret = Files.writeString(folder.resolve("token"), "s3cret\n");
    assertThat(execute("CREATE STREAM hooks (event STRING) WITH ('token' = 's3cret')").toString())
        .contains("INVALID_OPTION", "a secret is not written into a statement");
    String reference = "${file:" + secret + "}";
    execute("CREATE STREAM hooks (event STRING) WITH ('token' = '" + reference + "')");
    String path = "/v1/streams/hooks/rows";
    String body = "{\"event\": \"push\"}";
    HttpResponse<String> without = send(path, Map.of(), body);
    assertThat(without.statusCode()).isEqualTo(401);
    assertThat(without.headers().firstValue("WWW-Authenticate")).contains("Bearer");
    assertThat(send(path, Map.of("Authorization", "Bearer other"), body).statusCode())
        .isEqualTo(401);
    assertThat(send(path, Map.of("Authorization", "Bearer s3cret"), body).body())
        .contains("\"accepted\":1");
    assertThat(execute("SHOW CREATE hooks").toString())
        .contains(reference)
        .doesNotContain("s3cret");
    Path other = Files.writeString(folder.resolve("other"), "n3w");
    execute("ALTER STREAM hooks SET ('token' = '${file:" + other + "}')");
    assertThat(send(path, Map.of("Authorization", "Bearer n3w"), body).statusCode()).isEqualTo(200);
  }

  /**
   * A request of which two rows come, so that one is known to be whole, and the end is not sent.
   */
  private static Socket slow() throws IOException {
    URI url = URI.create(server.url().orElseThrow());
    Socket socket = new Socket(url.getHost(), url.getPort());
    String rows = "{\"sensor\": \"slow\"}\n".repeat(2);
    String head = "POST /v1/streams/readings/rows HTTP/1.1\r\nHost: localhost\r\n";
    String text = head + "Content-Length: " + (rows.length() + 1) + "\r\n\r\n" + rows;
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  @Test
  void whoSendsMoreThanCanBeTakenInIsToldWhenToComeAgain() throws Exception {
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 16; i++) {
        slow.add(slow());
      }
      String one = "{\"sensor\": \"next\"}";
      AtomicReference<HttpResponse<String>> refused = new AtomicReference<>();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                refused.set(post("/v1/streams/readings/rows", one));
                return refused.get().statusCode() != 200;
              });
      assertThat(refused.get().statusCode()).isEqualTo(429);
      assertThat(refused.get().headers().firstValue("Retry-After")).contains("1");
      assertThat(refused.get().body()).contains("OVERLOADED");
      for (Socket socket : slow) {
        socket.getOutputStream().write('\n');
        String status =
            new BufferedReader(new InputStreamReader(socket.getInputStream())).readLine();
        assertThat(status).contains("200");
      }
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
    awaitCount("slow", 32);
    assertThat(post("/v1/streams/readings/rows", "{\"sensor\": \"next\"}").statusCode())
        .isEqualTo(200);
  }

  @Test
  void aPullQueryWaitsForWhatItsCallerHasWritten() throws Exception {
    for (int i = 1; i <= 20; i++) {
      String positions =
          rows("format=json", "{\"sensor\": \"own\", \"value\": " + i + "}")
              .get("positions")
              .asText();
      JsonNode answer =
          statement(
              Map.of(
                  "statement",
                  "SELECT max(value) FROM readings WHERE sensor = 'own'",
                  "options",
                  Map.of("after", positions)));
      assertThat(answer.at("/rows/0/0").asInt()).isEqualTo(i);
    }
    assertThat(
            statement(Map.of("statement", "SELECT 1 AS one", "options", Map.of("after", "0:1")))
                .at("/error/code")
                .asText())
        .isEqualTo("INVALID_OPTION");
  }

  @Test
  void aGzippedBodyIsUnpacked() throws Exception {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write("{\"sensor\": \"gz\"}".getBytes(StandardCharsets.UTF_8));
    }
    HttpResponse<String> response =
        CLIENT.send(
            request("/v1/streams/readings/rows?format=json")
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofByteArray(packed.toByteArray()))
                .build(),
            BodyHandlers.ofString());
    assertThat(response.body()).contains("\"accepted\":1");
    awaitCount("gz", 1);
  }

  @Test
  void aPushAnswerComesLineByLineUntilItIsCancelled() throws Exception {
    HttpResponse<InputStream> response =
        CLIENT.send(
            request("/v1/statements")
                .POST(
                    BodyPublishers.ofString(
                        "{\"id\": \"watch\", \"statement\": \"SELECT sensor FROM readings WHERE sensor = 'pushed' EMIT CHANGES\"}"))
                .build(),
            BodyHandlers.ofInputStream());
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(response.body()))) {
      assertThat(lines.readLine()).contains("\"id\":\"watch\"", "\"columns\"");
      CompletableFuture<String> row = CompletableFuture.supplyAsync(() -> nextLine(lines));
      // The query reads from the moment it runs: rows go in until one comes out.
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofSeconds(1))
          .until(
              () -> {
                rows("format=json", "{\"sensor\": \"pushed\"}");
                return row.isDone();
              });
      assertThat(row.get()).isEqualTo("{\"op\":\"+\",\"row\":[\"pushed\"]}");
      assertThat(cancel("watch")).isEqualTo(204);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () ->
                  CompletableFuture.supplyAsync(() -> nextLine(lines))
                      .get(30, TimeUnit.SECONDS)
                      .contains("\"end\":true"));
    }
    await().atMost(Duration.ofSeconds(10)).until(() -> cancel("watch") == 404);
  }

  private static int cancel(String id) throws Exception {
    return CLIENT
        .send(request("/v1/statements/" + id).DELETE().build(), BodyHandlers.discarding())
        .statusCode();
  }

  private static String nextLine(BufferedReader lines) {
    try {
      String line = lines.readLine();
      while (line != null && line.isEmpty()) {
        line = lines.readLine();
      }
      return line;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aStatementThatTakesLongerThanItsTimeoutIsEnded() throws Exception {
    JsonNode answer =
        statement(
            Map.of(
                "statement",
                "SELECT count(*) FROM range(100000) a, range(100000) b WHERE a.range * b.range = 7",
                "timeout",
                "500 ms"));
    assertThat(answer.at("/error/code").asText()).isEqualTo("TIMED_OUT");
  }

  @Test
  void theServerSaysThatItLivesAndWhichNamesThereAre() throws Exception {
    HttpResponse<String> health =
        CLIENT.send(request("/health").GET().build(), BodyHandlers.ofString());
    assertThat(health.body()).isEqualTo("{\"status\":\"ok\"}");
    HttpResponse<String> names =
        CLIENT.send(request("/v1/names").GET().build(), BodyHandlers.ofString());
    assertThat(JSON.readTree(names.body()).at("/relations/readings/0").asText())
        .isEqualTo("sensor");
  }

  private static JsonNode get(String path) throws Exception {
    return JSON.readTree(CLIENT.send(request(path).GET().build(), BodyHandlers.ofString()).body());
  }

  @Test
  void aProgramIsToldWhereRowsAreAndByWhichContract() throws Exception {
    JsonNode readings = get("/v1/relations/READINGS");
    assertThat(readings.get("value_contract").asInt()).isPositive();
    assertThat(readings.get("key_contract").asInt()).isEqualTo(-1);
    assertThat(readings.get("columns").toString())
        .startsWith("[{")
        .contains("\"STRING NOT NULL\"", "\"TIMESTAMP(3)\"");
    execute(
        "CREATE STREAM lines (a STRING, seen TIMESTAMP(3), WATERMARK FOR seen AS seen)"
            + " WITH ('format' = 'delimited', 'delimiter' = ';', 'token' = '${env:PATH}')");
    JsonNode lines = get("/v1/relations/lines");
    assertThat(lines.get("options").toString()).isEqualTo("{\"delimiter\":\";\"}");
    assertThat(lines.get("event_time").asText()).isEqualTo("seen");
    assertThat(lines.get("read_only").isNull()).isTrue();
    execute("CREATE TABLE sums (PRIMARY KEY (a)) AS SELECT a, COUNT(*) AS n FROM lines GROUP BY a");
    assertThat(get("/v1/relations/sums").get("read_only").asText())
        .isEqualTo("Cannot write to sums: query sums fills it");
    assertThat(get("/v1/relations/none").at("/error/code").asText()).isEqualTo("NOT_FOUND");
    assertThat(get("/v1/addresses").get("kafka").asText()).isEqualTo(server.bootstrap());
    assertThat(get("/v1/addresses").get("registry").asText()).isEqualTo(server.registryUrl());
  }
}
