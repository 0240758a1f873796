package io.millrace.registry.server;

import io.millrace.registry.server.RegistryImage.Deleted;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A request with its path taken apart: empty segments, so trailing slashes too, are dropped. An
 * address below {@code /contexts/ctx} is the same address with its subjects in that context.
 */
record Call(String method, List<String> path, RegistryRequest request) {

  static Call of(RegistryRequest request) {
    List<String> path = new ArrayList<>();
    for (String segment : request.path().split("/")) {
      if (!segment.isEmpty()) {
        path.add(decoded(segment));
      }
    }
    String method = request.method().equals("HEAD") ? "GET" : request.method();
    Call call = new Call(method, path, request);
    return call.isAt(0, "contexts") && call.size() > 2
        ? inContext(new Call(method, path.subList(2, path.size()), request), path.get(1))
        : call;
  }

  private static String decoded(String segment) {
    try {
      // In a path, unlike in a form, a plus is a plus.
      return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw RegistryError.noSuchAddress();
    }
  }

  private static Call inContext(Call inner, String context) {
    String prefix = SubjectName.ofContext(context).toString();
    List<String> path = new ArrayList<>(inner.path);
    boolean isSetting = inner.isAt(0, "config") || inner.isAt(0, "mode");
    int subject = isSetting ? 1 : path.indexOf("subjects") + 1;
    if (isSetting && path.size() == 1 && !prefix.isEmpty()) {
      path.add(prefix);
    } else if (subject > 0 && subject < path.size()) {
      path.set(subject, qualified(prefix, path.get(subject)));
    }
    Map<String, List<String>> query = new HashMap<>(inner.request.query());
    String parameter = inner.isAt(1, "ids") ? "subject" : "subjectPrefix";
    query.put(parameter, List.of(qualified(prefix, inner.request.text(parameter, ""))));
    RegistryRequest request = inner.request;
    return new Call(
        inner.method,
        path,
        new RegistryRequest(
            request.method(), request.path(), query, request.acceptsUnknown(), request.body()));
  }

  private static String qualified(String prefix, String subject) {
    return subject.startsWith(":.") || subject.startsWith(":*:") ? subject : prefix + subject;
  }

  int size() {
    return path.size();
  }

  boolean isAt(int index, String segment) {
    return path.size() > index && path.get(index).equals(segment);
  }

  /** Refuses other methods. */
  void only(String... methods) {
    if (!Arrays.asList(methods).contains(method)) {
      throw RegistryError.methodNotAllowed();
    }
  }

  boolean flag(String name) {
    return request.flag(name);
  }

  /** What the parameter {@code deleted} asks for. */
  Deleted deleted() {
    return Deleted.of(flag("deleted"));
  }

  /** What the parameters {@code deleted} and {@code deletedOnly} of lists ask for. */
  Deleted deletedOrOnly() {
    return flag("deletedOnly") ? Deleted.ONLY : deleted();
  }

  /** The subject named at this place, or the one that stands for it as its alias. */
  SubjectName subject(int index, RegistryImage image) {
    return image.meant(SubjectName.of(path.get(index)));
  }

  /** The subject or context at the path's second place; the default context where there is none. */
  SubjectName scope() {
    if (size() > 2) {
      throw RegistryError.noSuchAddress();
    }
    return size() == 2 ? SubjectName.of(path.get(1)) : SubjectName.DEFAULT_CONTEXT;
  }

  /** The version at this place; -1 stands for the latest. */
  int version(int index) {
    String text = path.get(index).strip();
    if (text.equalsIgnoreCase("latest")) {
      return -1;
    }
    try {
      int version = Integer.parseInt(text);
      if (version > 0 || version == -1) {
        return version;
      }
    } catch (NumberFormatException e) {
      throw RegistryError.invalidVersion(text);
    }
    throw RegistryError.invalidVersion(text);
  }

  int number(int index) {
    try {
      return Integer.parseInt(path.get(index));
    } catch (NumberFormatException e) {
      throw RegistryError.noSuchAddress();
    }
  }
}
