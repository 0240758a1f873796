package io.millrace.cli;

import picocli.CommandLine.Option;

/** How a command finds its server. */
final class ServerOption {
  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "${env:MILLRACE_URL:-http://localhost:8080}",
      description = "The server (default: $MILLRACE_URL, else http://localhost:8080).")
  private String url;

  Client client() {
    return new Client(url);
  }
}
