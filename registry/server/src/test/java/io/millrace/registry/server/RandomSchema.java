package io.millrace.registry.server;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Records of few names and many types, so that some fit each other and most do not. */
final class RandomSchema {
  private static final List<String> TYPES =
      List.of(
          "\"int\"",
          "\"int\"",
          "\"int\"",
          "\"long\"",
          "\"float\"",
          "\"double\"",
          "\"string\"",
          "\"bytes\"",
          "\"boolean\"",
          "[\"null\",\"int\"]",
          "[\"null\",\"string\"]",
          "[\"int\",\"string\"]",
          "{\"type\":\"enum\",\"name\":\"e\",\"symbols\":[\"A\",\"B\"]}",
          "{\"type\":\"enum\",\"name\":\"e\",\"symbols\":[\"A\",\"B\",\"C\"]}",
          "{\"type\":\"fixed\",\"name\":\"f\",\"size\":4}",
          "{\"type\":\"fixed\",\"name\":\"f\",\"size\":8}",
          "{\"type\":\"array\",\"items\":\"int\"}",
          "{\"type\":\"array\",\"items\":\"long\"}",
          "{\"type\":\"map\",\"values\":\"int\"}",
          "{\"type\":\"map\",\"values\":\"string\"}",
          "{\"type\":\"record\",\"name\":\"in\",\"fields\":[{\"name\":\"x\",\"type\":\"int\"}]}",
          "{\"type\":\"record\",\"name\":\"in\",\"fields\":[{\"name\":\"x\",\"type\":\"long\"}]}",
          "{\"type\":\"int\",\"logicalType\":\"date\"}",
          "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":4,\"scale\":2}");

  private final Random random;

  RandomSchema(Random random) {
    this.random = random;
  }

  String text() {
    List<String> names = new ArrayList<>(List.of("a", "b", "c"));
    Collections.shuffle(names, random);
    Set<String> used = new HashSet<>();
    List<String> fields = new ArrayList<>();
    for (String name : names.subList(0, 1 + random.nextInt(3))) {
      String type = TYPES.get(random.nextInt(TYPES.size()));
      // A name stands for one type in a schema.
      boolean isNamed = type.contains("\"name\"");
      fields.add(field(name, isNamed && !used.add(type.substring(0, 14)) ? "\"int\"" : type));
    }
    String name = random.nextInt(6) == 0 ? "q" : "r";
    return "{\"type\":\"record\",\"name\":\""
        + name
        + "\",\"fields\":["
        + String.join(",", fields)
        + "]}";
  }

  private String field(String name, String type) {
    String field = "{\"name\":\"" + name + "\",\"type\":" + type;
    if (random.nextInt(10) == 0) {
      field += ",\"doc\":\"d\"";
    }
    if (type.startsWith("[\"null\"") && random.nextInt(10) < 7) {
      field += ",\"default\":null";
    } else if (type.matches("\"(int|long|double)\"") && random.nextInt(3) == 0) {
      field += ",\"default\":0";
    }
    if (random.nextInt(10) == 0) {
      field += ",\"aliases\":[\"" + (random.nextBoolean() ? "d" : "e") + "\"]";
    }
    return field + "}";
  }
}
