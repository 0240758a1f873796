package io.millrace.server;

import io.millrace.model.Setting;
import java.util.List;

/** Where the HTTP door listens; port 0 is any free port. */
public record ServerSettings(String host, int port) {
  public static final Setting<String> HOST =
      Setting.text("http.host", "127.0.0.1", "The address that the HTTP door listens on.");
  public static final Setting<Integer> PORT =
      Setting.integer("http.port", "8080", "The port of REST; 0 is any free port.");

  public static List<Setting<?>> known() {
    return List.of(HOST, PORT);
  }
}
