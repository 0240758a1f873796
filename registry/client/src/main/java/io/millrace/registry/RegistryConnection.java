package io.millrace.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/**
 * Requests to a registry and their answers as JSON. Every request that {@link Contracts} makes may
 * be repeated without harm (registering the same schema twice gives the same id), so all of them
 * are tried again when the connection fails.
 */
final class RegistryConnection {
  private static final String MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);
  private static final int ATTEMPTS = 4;
  private static final long FIRST_PAUSE_MS = 50;

  /** One for all: each has threads of its own, and every reader and writer of a topic asks. */
  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          // Some registries and proxies mishandle the upgrade header of HTTP/2.
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_TIMEOUT)
          .build();

  private final RegistrySettings settings;
  private final ObjectMapper json = new ObjectMapper();

  RegistryConnection(RegistrySettings settings) {
    this.settings = settings;
  }

  /** An answer of a registry: the status, Confluent's error code (0: none) and the JSON body. */
  record Answer(int status, int errorCode, JsonNode body) {
    boolean isOk() {
      return status < 300;
    }

    String message() {
      return body.path("message").asText();
    }
  }

  ObjectMapper json() {
    return json;
  }

  /** One segment of a path, such as a subject, escaped. */
  static String segment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /**
   * Sends the request, with a body unless it is null. Answers of status 2xx, 404, 409 and 422 are
   * returned; every other is REGISTRY_UNAVAILABLE.
   */
  Answer send(String method, String path, JsonNode body) {
    HttpResponse<byte[]> response = exchange(request(method, path, body));
    int status = response.statusCode();
    if (status == 401 || status == 403) {
      throw unavailable("it refused the sign-in with status " + status, null)
          .hint("Check the credentials of the setting 'registry'.");
    }
    JsonNode answer = parse(response.body());
    boolean understood = status < 300 || status == 404 || status == 409 || status == 422;
    boolean fromRegistry = status < 300 ? !answer.isMissingNode() : answer.has("error_code");
    if (!understood || !fromRegistry) {
      throw unavailable(
          "status "
              + status
              + (answer.has("message")
                  ? ": " + answer.path("message").asText()
                  : ", not a schema registry's answer, for " + method + " " + path),
          null);
    }
    return new Answer(status, answer.path("error_code").asInt(), answer);
  }

  private HttpRequest request(String method, String path, JsonNode body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(settings.url() + path))
            .timeout(REQUEST_TIMEOUT)
            .header("Accept", MEDIA_TYPE + ", application/json")
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body.toString()));
    if (body != null) {
      request.header("Content-Type", MEDIA_TYPE);
    }
    settings
        .basicAuth()
        .ifPresent(
            userAndPassword ->
                request.header(
                    "Authorization",
                    "Basic "
                        + Base64.getEncoder()
                            .encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8))));
    settings.bearerToken().ifPresent(token -> request.header("Authorization", "Bearer " + token));
    settings.headers().forEach(request::setHeader);
    return request.build();
  }

  private HttpResponse<byte[]> exchange(HttpRequest request) {
    for (int attempt = 1; ; attempt++) {
      try {
        return HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
      } catch (IOException e) {
        if (attempt == ATTEMPTS) {
          throw unavailable(reason(e), e)
              .hint("Start the registry, or correct the setting 'registry'.");
        }
        pause(FIRST_PAUSE_MS << (2 * attempt - 2));
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
  }

  private static String reason(IOException e) {
    if (e instanceof java.net.http.HttpTimeoutException) {
      return "no answer in time";
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof java.nio.channels.UnresolvedAddressException) {
        return "unknown host";
      }
    }
    return e.getMessage() == null ? "no connection" : e.getMessage();
  }

  private void pause(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private MillraceException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new MillraceException(
        ErrorCode.CANCELLED,
        "Cannot wait for the registry at " + settings.url() + ": cancelled",
        e);
  }

  private JsonNode parse(byte[] body) {
    try {
      JsonNode node = json.readTree(body);
      return node == null ? MissingNode.getInstance() : node;
    } catch (JsonProcessingException e) {
      // Not JSON: the caller reports the status, which says more than where parsing stopped.
      return MissingNode.getInstance();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  MillraceException unavailable(String reason, Throwable cause) {
    return new MillraceException(
        ErrorCode.REGISTRY_UNAVAILABLE,
        "Cannot use the registry at " + settings.url() + " (setting 'registry'): " + reason,
        cause);
  }
}
