package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Answers as the REST reference says, with answers that the test gives it. */
final class FakeServer implements AutoCloseable {
  /** One answer; {@code cancelled} opens when the client cancels the statement. */
  interface Reply {
    void write(HttpExchange exchange, CountDownLatch cancelled) throws IOException;
  }

  /** A load as it came in. */
  record Load(String path, String query, Headers headers, byte[] body) {}

  final List<String> statements = new CopyOnWriteArrayList<>();
  final List<Load> loads = new CopyOnWriteArrayList<>();
  volatile String names = "{}";
  volatile Reply loadReply = json(200, "{\"accepted\": 1, \"refused\": 0, \"refusals\": []}");
  volatile Reply checkReply = json(200, "{}");
  private final Map<String, Reply> replies = new ConcurrentHashMap<>();
  private final Map<String, CountDownLatch> running = new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer http;

  FakeServer() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.setExecutor(threads);
    http.createContext("/v1/statements", this::statement);
    http.createContext("/v1/streams/", this::load);
    http.createContext("/v1/contracts/", this::check);
    http.createContext("/v1/names", e -> json(200, names).write(e, new CountDownLatch(1)));
    http.start();
  }

  String url() {
    return "http://127.0.0.1:" + http.getAddress().getPort();
  }

  void on(String statement, Reply reply) {
    replies.put(statement, reply);
  }

  static Reply json(int status, String body) {
    return (exchange, cancelled) -> send(exchange, status, "application/json", body);
  }

  static void send(HttpExchange exchange, int status, String type, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  /** Begins a push answer; the caller writes lines to what it gives and closes it. */
  static OutputStream push(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/x-ndjson");
    exchange.sendResponseHeaders(200, 0);
    return exchange.getResponseBody();
  }

  static void line(OutputStream out, String line) throws IOException {
    out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  /** A push answer of one row, then heartbeats until it is cancelled. */
  static void pushUntilCancelled(HttpExchange exchange, CountDownLatch cancelled)
      throws IOException {
    try (OutputStream out = push(exchange)) {
      line(out, "{\"id\": \"x\", \"columns\": [{\"name\": \"n\", \"type\": \"INT\"}]}");
      line(out, "{\"op\": \"+\", \"row\": [7]}");
      while (!cancelled.await(50, TimeUnit.MILLISECONDS)) {
        line(out, "");
      }
      line(out, "{\"end\": true}");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void statement(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    if (exchange.getRequestMethod().equals("DELETE")) {
      CountDownLatch cancelled = running.get(path.substring(path.lastIndexOf('/') + 1));
      if (cancelled != null) {
        cancelled.countDown();
      }
      exchange.sendResponseHeaders(cancelled == null ? 404 : 204, -1);
      exchange.close();
      return;
    }
    JsonNode body = Client.JSON.readTree(exchange.getRequestBody());
    String statement = body.get("statement").asText();
    statements.add(statement);
    CountDownLatch cancelled = new CountDownLatch(1);
    running.put(body.get("id").asText(), cancelled);
    replies
        .getOrDefault(statement, json(200, "{\"id\": \"x\", \"message\": \"Did it.\"}"))
        .write(exchange, cancelled);
    exchange.close();
  }

  private void check(HttpExchange exchange) throws IOException {
    statements.add(
        exchange.getRequestURI()
            + " "
            + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    checkReply.write(exchange, new CountDownLatch(1));
    exchange.close();
  }

  private void load(HttpExchange exchange) throws IOException {
    loads.add(
        new Load(
            exchange.getRequestURI().getPath(),
            exchange.getRequestURI().getRawQuery(),
            exchange.getRequestHeaders(),
            exchange.getRequestBody().readAllBytes()));
    loadReply.write(exchange, new CountDownLatch(1));
    exchange.close();
  }

  @Override
  public void close() {
    http.stop(0);
    threads.shutdownNow();
  }
}
