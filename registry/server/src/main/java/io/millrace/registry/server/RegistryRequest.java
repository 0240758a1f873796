package io.millrace.registry.server;

import java.util.List;
import java.util.Map;

/**
 * One HTTP request. {@code path} is the path as sent, still percent-encoded (a subject may hold an
 * encoded slash) and below the place where the registry is mounted; {@code query} is decoded.
 *
 * @param acceptsUnknown whether the client says, as newer ones do, that it bears fields in answers
 *     that it does not know
 */
public record RegistryRequest(
    String method,
    String path,
    Map<String, List<String>> query,
    boolean acceptsUnknown,
    byte[] body) {

  /** Whether the flag is given and true. */
  boolean flag(String name) {
    return Boolean.parseBoolean(text(name, "false"));
  }

  String text(String name, String otherwise) {
    List<String> values = query.getOrDefault(name, List.of());
    return values.isEmpty() ? otherwise : values.get(0);
  }

  /** A number; one that cannot be read makes the address unknown, as in Confluent's registry. */
  int number(String name, int otherwise) {
    String text = text(name, "");
    try {
      return text.isEmpty() ? otherwise : Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw RegistryError.noSuchAddress();
    }
  }

  /** The part of the list that {@code offset} and {@code limit} ask for. */
  <T> List<T> page(List<T> all) {
    int from = Math.min(Math.max(number("offset", 0), 0), all.size());
    int limit = number("limit", -1);
    // Compared so that no limit, however high, overflows.
    return all.subList(from, limit > 0 && limit < all.size() - from ? from + limit : all.size());
  }
}
