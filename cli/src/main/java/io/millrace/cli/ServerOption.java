package io.millrace.cli;

import picocli.CommandLine.Option;

/** How a command finds its server. */
final class ServerOption {
  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The server (default: $MILLRACE_URL, else http://localhost:8080).")
  private String url;

  Client client() {
    String fromEnvironment = System.getenv("MILLRACE_URL");
    return new Client(
        url != null ? url : fromEnvironment != null ? fromEnvironment : "http://localhost:8080");
  }
}
