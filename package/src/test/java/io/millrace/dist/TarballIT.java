package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.StringReader;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes.Name;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Unpacks the tarball and runs what is in it, as one does on a machine that has Java alone. */
class TarballIT {
  private static final String TRAP = "#!/bin/sh\ntouch \"$(dirname \"$0\")/called\"\nexit 1\n";

  private static final String SET = "--set";

  @TempDir private static Path unpacked;
  @TempDir private Path folder;
  private Path bin;

  @BeforeAll
  static void unpack() throws Exception {
    Needs.command("tar");
    Needs.command("bash");
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      List<Path> tarballs =
          files.filter(f -> f.getFileName().toString().matches("millrace-.*\\.tar\\.gz")).toList();
      assertThat(tarballs).hasSize(1);
      Needs.run(unpacked, "tar", "-xzf", tarballs.get(0).toAbsolutePath().toString());
    }
  }

  private static Path launcher() throws IOException {
    try (Stream<Path> roots = Files.list(unpacked)) {
      return roots
          .filter(root -> root.getFileName().toString().startsWith("millrace-"))
          .findFirst()
          .orElseThrow()
          .resolve("millrace");
    }
  }

  /** Puts a Maven first on the path that tells whether it was called. */
  @BeforeEach
  void trapMaven() throws IOException {
    bin = Files.createDirectory(folder.resolve("bin"));
    script(bin.resolve("mvn"), TRAP);
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private ProcessBuilder millrace(Path launcher, String... arguments) {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder process = new ProcessBuilder(command).directory(folder.toFile());
    process.environment().put("JAVA_HOME", System.getProperty("java.home"));
    process.environment().merge("PATH", bin.toString(), (path, first) -> first + ":" + path);
    List.of("LC_ALL", "LC_CTYPE", "LANG").forEach(process.environment()::remove);
    return process.redirectErrorStream(true);
  }

  /** Runs it to its end and answers what it prints. */
  private String run(int expectedCode, ProcessBuilder command) throws Exception {
    Path out = Files.createTempFile(folder, "run", ".out");
    Process process = command.redirectOutput(out.toFile()).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(out)).isEqualTo(expectedCode);
    assertThat(bin.resolve("called")).doesNotExist();
    return Files.readString(out);
  }

  @Test
  void holdsTheLauncherItsJarsLicenseAndReadme() throws Exception {
    Path root = launcher().getParent();
    assertThat(root.getFileName().toString()).startsWith("millrace-");
    assertThat(root.resolve("LICENSE")).hasSameTextualContentAs(Path.of("..", "LICENSE"));
    assertThat(root.resolve("README.md")).hasSameTextualContentAs(Path.of("..", "README.md"));
    try (Stream<Path> jars = Files.list(root.resolve("lib"))) {
      assertThat(jars.map(j -> j.getFileName().toString()))
          .allMatch(jar -> jar.endsWith(".jar"))
          .noneMatch(jar -> jar.contains("junit") || jar.contains("assertj"));
    }
    Path lib = root.resolve("lib");
    try (Stream<Path> jars = Files.list(lib)) {
      Path first = jars.filter(jar -> jar.toString().contains("millrace-package-")).findAny().get();
      try (JarFile jar = new JarFile(first.toFile())) {
        String classPath = jar.getManifest().getMainAttributes().getValue(Name.CLASS_PATH);
        assertThat(classPath.split(" ")).isNotEmpty().allMatch(j -> Files.exists(lib.resolve(j)));
      }
    }
  }

  @Test
  void helpNeedsNoMaven() throws Exception {
    assertThat(run(0, millrace(launcher(), "--help"))).startsWith("Usage: millrace COMMAND");
    assertThat(run(0, millrace(launcher(), "sql", "--help"))).startsWith("Usage: millrace sql");
    assertThat(run(0, millrace(launcher(), "load", "--help"))).startsWith("Usage: millrace load");
    assertThat(run(0, millrace(launcher(), "demo", "--help"))).contains("--seconds");
    assertThat(run(2, millrace(launcher(), "nonsense")))
        .startsWith("error: no such command: nonsense\nUsage:");
  }

  @Test
  void olderAndMissingJavaIsToldInOneSentence() throws Exception {
    Path home = folder.resolve("old");
    Files.createDirectories(home.resolve("bin"));
    script(home.resolve("bin/java"), "#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n");
    ProcessBuilder old = millrace(launcher(), "sql");
    old.environment().put("JAVA_HOME", home.toString());
    assertThat(run(1, old))
        .startsWith("error: Cannot run on Java 11: Millrace needs 17 or newer\n");
    ProcessBuilder none = millrace(launcher(), "sql");
    none.environment().put("JAVA_HOME", folder.resolve("none").toString());
    assertThat(run(1, none))
        .startsWith("error: Cannot run Java: " + folder.resolve("none/bin/java") + " is missing");
  }

  /** Also: by a link, from another folder, which is where the data folder then is. */
  @Test
  void serverStartsWhereItIsCalledAndStopsCleanly() throws Exception {
    Path links = Files.createDirectory(unpacked.resolve("links"));
    Path link = Files.createSymbolicLink(links.resolve("link"), launcher());
    Path out = folder.resolve("start.out");
    Path data = folder.resolve("millrace-data");
    Process server =
        millrace(link, "start", SET, "http.port=0", SET, "kafka.port=0", SET, "registry.port=0")
            .redirectOutput(out.toFile())
            .start();
    try {
      await("ready")
          .atMost(Duration.ofSeconds(120))
          .until(
              () -> {
                assertThat(server.isAlive()).as(Files.readString(out)).isTrue();
                return Files.readString(out).contains("ready in");
              });
      Properties ports = new Properties();
      ports.load(new StringReader(Files.readString(data.resolve("ports.properties"))));
      String url = "localhost:" + ports.getProperty("http.port");
      // The letters show that arguments and answers are UTF-8 although no locale is set.
      assertThat(run(0, millrace(link, "sql", "--url", url, "-e", "SELECT 'hällo水' AS a")))
          .contains("hällo水\n(1 row)");
    } finally {
      server.destroy();
      assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(server.exitValue()).as(Files.readString(out)).isIn(0, 143);
    assertThat(data.resolve("ports.properties")).doesNotExist();
    try (FileChannel channel = FileChannel.open(data.resolve(".lock"), StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      assertThat(lock).as("nobody holds the data folder").isNotNull();
    }
    assertThat(bin.resolve("called")).doesNotExist();
  }
}
