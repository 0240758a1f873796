package io.millrace.registry.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.charset.StandardCharsets;

/** The answer to one {@link RegistryRequest}. */
public record RegistryResponse(int status, String contentType, byte[] body) {
  static final String MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";

  /** An answer of this registry, empty where it has no body. */
  static RegistryResponse of(int status, String body) {
    return new RegistryResponse(status, MEDIA_TYPE, body.getBytes(StandardCharsets.UTF_8));
  }

  /** An error as Confluent's clients read it. */
  static RegistryResponse error(int status, int code, String message) {
    return of(
        status,
        JsonNodeFactory.instance
            .objectNode()
            .put("error_code", code)
            .put("message", message)
            .toString());
  }
}
