package io.millrace.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.avro.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client's own manners, against a server that answers from a script. */
class ContractsTest {
  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
  private final AtomicInteger failures = new AtomicInteger();
  private String required = "";
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  /** Answers "status body" of the script; a missing entry is 404 with code 40403. */
  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      String call = exchange.getRequestMethod() + " " + exchange.getRequestURI();
      asked.computeIfAbsent(call, c -> new AtomicInteger()).incrementAndGet();
      if (failures.getAndDecrement() > 0) {
        // Closing without an answer is what a restarting registry or proxy does.
        return;
      }
      String given = exchange.getRequestHeaders().getFirst("Authorization");
      String answer = answers.getOrDefault(call, "404 {\"error_code\":40403,\"message\":\"none\"}");
      if (!required.isEmpty() && !required.equals(given)) {
        answer = "401 {\"error_code\":40101,\"message\":\"no\"}";
      }
      byte[] body = answer.substring(4).getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(Integer.parseInt(answer.substring(0, 3)), body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private Contracts contracts() {
    return new Contracts(RegistrySettings.of(url()));
  }

  private static ErrorCode code(Throwable e) {
    return ((MillraceException) e).code();
  }

  @Test
  void basicAuthIsSentWithEveryRequest() {
    required =
        "Basic "
            + Base64.getEncoder().encodeToString("me:pässword".getBytes(StandardCharsets.UTF_8));
    answers.put("GET /subjects", "200 [\"b\",\"a\"]");

    assertThatThrownBy(() -> contracts().subjects())
        .hasMessageContaining("refused the sign-in with status 401")
        .extracting(ContractsTest::code)
        .isEqualTo(ErrorCode.REGISTRY_UNAVAILABLE);
    Contracts signedIn =
        new Contracts(
            new RegistrySettings(
                url() + "/", Optional.of("me:pässword"), Optional.empty(), Map.of()));
    assertThat(signedIn.subjects()).containsExactly("a", "b");
  }

  @Test
  void bearerTokensAndOwnHeadersAreSent() {
    required = "Bearer abc";
    answers.put("GET /subjects", "200 []");
    Contracts signedIn =
        new Contracts(
            new RegistrySettings(url(), Optional.empty(), Optional.of("abc"), Map.of("X-A", "1")));
    assertThat(signedIn.subjects()).isEmpty();
    Contracts byHeader =
        new Contracts(
            new RegistrySettings(
                url(), Optional.empty(), Optional.empty(), Map.of("Authorization", "Bearer abc")));
    assertThat(byHeader.subjects()).isEmpty();
  }

  @Test
  void requestsAreTriedAgainWhenTheConnectionBreaks() {
    answers.put("GET /subjects/s/versions", "200 [1,2]");
    failures.set(2);
    assertThat(contracts().versions("s")).containsExactly(1, 2);
    assertThat(failures).hasNegativeValue();
  }

  @Test
  void unreachableRegistryNamesTheUrlAndTheSetting() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    String url = "http://127.0.0.1:" + free;
    assertThatThrownBy(() -> new Contracts(RegistrySettings.of(url)).latest("s"))
        .hasMessageStartingWith("Cannot use the registry at " + url + " (setting 'registry'): ")
        .extracting(ContractsTest::code)
        .isEqualTo(ErrorCode.REGISTRY_UNAVAILABLE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"404 <html>no such page</html>", "200 welcome", "503 busy", "302 "})
  void answersOfSomethingElseThanARegistryAreRefused(String answer) {
    answers.put("GET /subjects/s/versions/latest", answer);
    assertThatThrownBy(() -> contracts().latest("s"))
        .hasMessageContaining("not a schema registry's answer")
        .hasMessageContaining("status " + answer.substring(0, 3))
        .extracting(ContractsTest::code)
        .isEqualTo(ErrorCode.REGISTRY_UNAVAILABLE);
  }

  @Test
  void schemasAreCachedByIdButFailuresAreNot() {
    Contracts contracts = contracts();
    assertThatThrownBy(() -> contracts.schemaById(7))
        .hasMessageContaining("schema id 7")
        .extracting(ContractsTest::code)
        .isEqualTo(ErrorCode.CONTRACT_NOT_FOUND);
    answers.put("GET /schemas/ids/7", "200 {\"schema\":\"\\\"long\\\"\"}");
    assertThat(contracts.schemaById(7)).isEqualTo(Schema.create(Schema.Type.LONG));
    assertThat(contracts.schemaById(7)).isSameAs(contracts.schemaById(7));
    assertThat(asked.get("GET /schemas/ids/7")).hasValue(2);
  }

  @Test
  void referencesAreResolvedRecursivelyAndOnce() {
    answers.put(
        "GET /schemas/ids/3",
        "200 {\"schema\":\"{\\\"type\\\":\\\"record\\\",\\\"name\\\":\\\"C\\\",\\\"fields\\\":["
            + "{\\\"name\\\":\\\"b\\\",\\\"type\\\":\\\"x.B\\\"},"
            + "{\\\"name\\\":\\\"a\\\",\\\"type\\\":\\\"x.A\\\"}]}\",\"references\":["
            + "{\"name\":\"x.B\",\"subject\":\"b/b\",\"version\":2},"
            + "{\"name\":\"x.A\",\"subject\":\"a\",\"version\":1}]}");
    answers.put(
        "GET /subjects/b%2Fb/versions/2?deleted=true",
        "200 {\"schema\":\"{\\\"type\\\":\\\"record\\\",\\\"name\\\":\\\"x.B\\\",\\\"fields\\\":["
            + "{\\\"name\\\":\\\"a\\\",\\\"type\\\":\\\"x.A\\\"}]}\",\"references\":["
            + "{\"name\":\"x.A\",\"subject\":\"a\",\"version\":1}]}");
    answers.put(
        "GET /subjects/a/versions/1?deleted=true",
        "200 {\"schema\":\"{\\\"type\\\":\\\"enum\\\",\\\"name\\\":\\\"x.A\\\",\\\"symbols\\\":"
            + "[\\\"P\\\"]}\"}");

    Schema schema = contracts().schemaById(3);
    assertThat(schema.getField("b").schema().getField("a").schema().getEnumSymbols())
        .containsExactly("P");
    assertThat(asked.get("GET /subjects/a/versions/1?deleted=true")).hasValue(1);
  }

  @Test
  void otherSchemaTypesAreRefusedByName() {
    answers.put("GET /schemas/ids/9", "200 {\"schema\":\"{}\",\"schemaType\":\"JSON\"}");
    assertThatThrownBy(() -> contracts().schemaById(9))
        .hasMessage("Cannot read schema id 9: it is a JSON schema, and contracts are Avro")
        .extracting(ContractsTest::code)
        .isEqualTo(ErrorCode.NOT_SUPPORTED);
  }

  @Test
  void settingsTravelSerializedAndHideSecrets() throws Exception {
    RegistrySettings settings =
        new RegistrySettings(
            "https://r.example/ccompat/",
            Optional.of("u:secret"),
            Optional.empty(),
            Map.of("H", "t"));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new ObjectOutputStream(bytes).writeObject(settings);
    Object read = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();

    assertThat(read).isEqualTo(settings);
    assertThat(settings.url()).isEqualTo("https://r.example/ccompat");
    assertThat(settings.toString()).contains("basic", "[H]").doesNotContain("secret", "t]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:8081", "", "ftp://x", "http://", "http://a b"})
  void invalidUrlsNameTheSetting(String url) {
    assertThatThrownBy(() -> RegistrySettings.of(url))
        .hasMessage("Invalid value for 'registry': " + url)
        .extracting(ContractsTest::code)
        .isEqualTo(ErrorCode.INVALID_OPTION);
  }
}
