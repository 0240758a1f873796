package io.millrace.registry;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.Serializable;
import java.net.URI;
import java.util.Map;
import java.util.Optional;

/**
 * Where the registry is and how to sign in: at most one of {@code basicAuth} ({@code
 * user:password}) and {@code bearerToken}; {@code headers} go with every request. The URL may carry
 * a path; a trailing slash is dropped. Immutable; {@link #toString()} shows no secret.
 */
public record RegistrySettings(
    String url,
    Optional<String> basicAuth,
    Optional<String> bearerToken,
    Map<String, String> headers)
    implements Serializable {

  public RegistrySettings {
    url = checked(url);
    headers = Map.copyOf(headers);
    if (basicAuth.isPresent() && bearerToken.isPresent()) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION,
              "Invalid settings: both basic and bearer authentication are set for the registry")
          .hint("Keep one of them.");
    }
  }

  /** A registry that asks for no sign-in. */
  public static RegistrySettings of(String url) {
    return new RegistrySettings(url, Optional.empty(), Optional.empty(), Map.of());
  }

  private static String checked(String url) {
    String text = url.strip();
    while (text.endsWith("/")) {
      text = text.substring(0, text.length() - 1);
    }
    try {
      URI uri = URI.create(text);
      if (uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
        return text;
      }
    } catch (IllegalArgumentException e) {
      throw invalid(url, e);
    }
    throw invalid(url, null);
  }

  private static MillraceException invalid(String url, Throwable cause) {
    return new MillraceException(
            ErrorCode.INVALID_OPTION, "Invalid value for 'registry': " + url, cause)
        .hint("Write the registry's URL, such as http://localhost:8081.");
  }

  /** The URL and the names of the headers; passwords and tokens are left out. */
  @Override
  public String toString() {
    return "RegistrySettings[url="
        + url
        + ", authentication="
        + (basicAuth.isPresent() ? "basic" : bearerToken.isPresent() ? "bearer" : "none")
        + ", headers="
        + headers.keySet()
        + "]";
  }

  /** Optional is not serializable, so the settings travel as plain strings. */
  private Object writeReplace() {
    return new Travelling(url, basicAuth.orElse(null), bearerToken.orElse(null), headers);
  }

  private record Travelling(
      String url, String basicAuth, String bearerToken, Map<String, String> headers)
      implements Serializable {
    private Object readResolve() {
      return new RegistrySettings(
          url, Optional.ofNullable(basicAuth), Optional.ofNullable(bearerToken), headers);
    }
  }
}
