package io.millrace.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * What a test needs beyond Maven Central. Where it is missing the test says so and is skipped; with
 * MILLRACE_CI set it fails, so that CI never passes by skipping.
 */
final class Needs {
  private Needs() {}

  static void command(String name) {
    boolean found =
        java.util.Arrays.stream(System.getenv("PATH").split(java.io.File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    require(found, "the command " + name + " (.ci/setup installs it)");
  }

  static void folder(Path folder) {
    require(Files.isDirectory(folder), "the folder " + folder);
  }

  static void that(boolean there, String what) {
    require(there, what);
  }

  private static void require(boolean there, String what) {
    if (there) {
      return;
    }
    String message = "SKIPPED: this test needs " + what;
    System.err.println(message);
    if (System.getenv("MILLRACE_CI") != null) {
      Assertions.fail(message);
    }
    Assumptions.abort(message);
  }

  /** Runs a command and answers what it prints; throws with its errors where it fails. */
  static String run(Path folder, String... command) throws IOException, InterruptedException {
    Path errors = Files.createTempFile("millrace", ".err");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectError(errors.toFile())
            .start();
    String out = new String(process.getInputStream().readAllBytes());
    int code = process.waitFor();
    String error = Files.readString(errors);
    Files.delete(errors);
    if (code != 0) {
      throw new IOException(String.join(" ", command) + ": " + error + out);
    }
    return out;
  }
}
