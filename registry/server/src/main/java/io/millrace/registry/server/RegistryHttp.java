package io.millrace.registry.server;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Serves a {@link RegistryService} over HTTP at a port of its own, as registries do (8081 by
 * custom). It uses the JDK's own server: a registry has few, small requests, and a test or a
 * process that wants nothing but a registry needs no web framework for them. There is no sign-in
 * here, so it belongs on loopback; thread-safe.
 *
 * <p>The JDK's server writes head and body of an answer apart, and by default leaves Nagle's
 * algorithm on, so that on a kept connection the body waits up to 40 ms for the peer's delayed
 * acknowledgement. The system property {@code sun.net.httpserver.nodelay}, read once when the first
 * server is made, turns that off; it is set here unless it is set already.
 */
public final class RegistryHttp implements AutoCloseable {
  private static final String NO_DELAY = "sun.net.httpserver.nodelay";
  private static final int THREADS = 4;
  private static final int LARGEST_BODY = 16 << 20;

  private final HttpServer server;
  private final ExecutorService threads;

  private RegistryHttp(HttpServer server, ExecutorService threads) {
    this.server = server;
    this.threads = threads;
  }

  /** Listens at the port, 0 for any free one. PORT_IN_USE where it is taken. */
  public static RegistryHttp start(RegistryService service, String host, int port) {
    if (System.getProperty(NO_DELAY) == null) {
      System.setProperty(NO_DELAY, "true");
    }
    HttpServer server;
    try {
      server = HttpServer.create(new InetSocketAddress(host, port), 0);
    } catch (BindException e) {
      throw new MillraceException(
              ErrorCode.PORT_IN_USE,
              "Cannot listen on " + host + ":" + port + " for the registry: " + e.getMessage(),
              e)
          .hint("Free the port, or set 'registry.port' to another one (0: any free port).");
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.INTERNAL_ERROR, "Failed to listen on " + host + ":" + port, e);
    }
    AtomicInteger count = new AtomicInteger();
    ExecutorService threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, "registry-http-" + count.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    server.setExecutor(threads);
    server.createContext("/", exchange -> answer(service, exchange));
    server.start();
    return new RegistryHttp(server, threads);
  }

  /** The port it listens at. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** The address for the setting {@code registry}, such as {@code http://127.0.0.1:8081}. */
  public String url() {
    InetAddress address = server.getAddress().getAddress();
    String host = address.isAnyLocalAddress() ? "127.0.0.1" : address.getHostAddress();
    return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdown();
  }

  private static void answer(RegistryService service, HttpExchange exchange) throws IOException {
    try (exchange) {
      RegistryResponse response = response(service, exchange);
      exchange.getResponseHeaders().set("Content-Type", response.contentType());
      if (exchange.getRequestMethod().equals("HEAD") || response.body().length == 0) {
        exchange.sendResponseHeaders(response.status(), -1);
      } else {
        exchange.sendResponseHeaders(response.status(), response.body().length);
        exchange.getResponseBody().write(response.body());
      }
    }
  }

  private static RegistryResponse response(RegistryService service, HttpExchange exchange)
      throws IOException {
    byte[] body;
    try {
      body = body(exchange);
    } catch (ZipException | EOFException e) {
      return RegistryResponse.error(400, 400, "Invalid request: the body is not gzip");
    }
    if (body.length > LARGEST_BODY) {
      return RegistryResponse.error(413, 413, "Invalid request: the body is over 16 MiB");
    }
    Headers headers = exchange.getRequestHeaders();
    return service.handle(
        new RegistryRequest(
            exchange.getRequestMethod(),
            exchange.getRequestURI().getRawPath(),
            query(exchange.getRequestURI().getRawQuery()),
            Boolean.parseBoolean(headers.getFirst("Confluent-Accept-Unknown-Properties")),
            body));
  }

  /** The body, unpacked; no more of it than shows that it is too large. */
  private static byte[] body(HttpExchange exchange) throws IOException {
    String encoding = exchange.getRequestHeaders().getFirst("Content-Encoding");
    InputStream sent = exchange.getRequestBody();
    InputStream plain = "gzip".equalsIgnoreCase(encoding) ? new GZIPInputStream(sent) : sent;
    return plain.readNBytes(LARGEST_BODY + 1);
  }

  private static Map<String, List<String>> query(String text) {
    Map<String, List<String>> query = new HashMap<>();
    for (String pair : text == null ? new String[0] : text.split("&")) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      query.computeIfAbsent(decoded(name), missing -> new ArrayList<>()).add(decoded(value));
    }
    return query;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      // Not escaped as it should be: it says what it says.
      return text;
    }
  }
}
