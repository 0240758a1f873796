package io.millrace.sql;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The cases of a text file beside this class; its head says how one is written. */
final class Cases {
  record Case(String title, String text, String expected) {}

  private Cases() {}

  static List<Case> read(String file) throws IOException {
    try (InputStream in = Cases.class.getResourceAsStream(file)) {
      String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      List<Case> cases = new ArrayList<>();
      for (String block : all.split("(?m)^====\\R")) {
        String[] halves = block.split("(?m)^----\\R", 2);
        if (halves.length == 2) {
          cases.add(read(halves[0], halves[1]));
        }
      }
      if (cases.isEmpty()) {
        throw new IOException(file + " holds no case");
      }
      return cases;
    }
  }

  private static Case read(String head, String expected) {
    List<String> lines = head.lines().toList();
    boolean titled = lines.get(0).startsWith("# ");
    String text = lines.stream().skip(titled ? 1 : 0).collect(Collectors.joining("\n"));
    return new Case(titled ? lines.get(0).substring(2) : text, text, expected.stripTrailing());
  }
}
