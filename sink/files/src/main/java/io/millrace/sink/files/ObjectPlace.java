package io.millrace.sink.files;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.Serializable;
import java.net.URI;

/** Which part of which object store a sink writes to. Immutable; holds no secret. */
public interface ObjectPlace extends Serializable {
  /** A new client. Throws MillraceException INVALID_OPTION; does not speak to the store yet. */
  ObjectStore open();

  /** Reads the URL of a server; throws INVALID_OPTION. */
  static URI endpoint(String text) {
    try {
      URI uri = URI.create(text.strip());
      if (uri.getHost() != null && uri.getScheme().matches("https?")) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      throw invalidEndpoint(text, e);
    }
    throw invalidEndpoint(text, null);
  }

  private static MillraceException invalidEndpoint(String text, Exception cause) {
    return new MillraceException(
            ErrorCode.INVALID_OPTION, "Invalid value for 'endpoint': " + text, cause)
        .hint("Write http://host:port or https://host.");
  }
}
