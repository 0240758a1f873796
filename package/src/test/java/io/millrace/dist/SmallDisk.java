package io.millrace.dist;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A file system of a few megabytes in memory, in a mount namespace of its own: it goes with the
 * process that holds it, also where the test is killed. {@link #prefix} runs a command in there.
 */
final class SmallDisk implements AutoCloseable {
  private final Process holder;
  private final boolean root;
  private final Path at;

  private SmallDisk(Process holder, boolean root, Path at) {
    this.holder = holder;
    this.root = root;
    this.at = at;
  }

  static SmallDisk mount(Path at, int megabytes) throws IOException {
    Files.createDirectories(at);
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    Process holder =
        new ProcessBuilder(
                "unshare",
                root ? "-m" : "-rm",
                "sh",
                "-c",
                "mount -t tmpfs -o size="
                    + megabytes
                    + "m tmpfs \"$0\" && echo mounted && exec cat",
                at.toString())
            .redirectErrorStream(true)
            .start();
    String said = new BufferedReader(new InputStreamReader(holder.getInputStream())).readLine();
    Needs.that("mounted".equals(said), "to mount a small file system (" + said + ")");
    return new SmallDisk(holder, root, at);
  }

  List<String> prefix() {
    String target = Long.toString(holder.pid());
    return root
        ? List.of("nsenter", "--target", target, "--mount")
        : List.of("nsenter", "--target", target, "--mount", "--user", "--preserve-credentials");
  }

  /** The file system's root as this process reaches it. */
  Path seen() {
    return Path.of("/proc/" + holder.pid() + "/root" + at);
  }

  /** Takes up space until so many megabytes are left; {@link #free} gives it back. */
  void fillUpTo(int megabytesLeft) throws IOException {
    try (var out = Files.newOutputStream(seen().resolve("filler"))) {
      byte[] block = new byte[64 << 10];
      Arrays.fill(block, (byte) 1);
      while (usable() > ((long) megabytesLeft << 20) + block.length) {
        out.write(block);
      }
    }
  }

  long usable() throws IOException {
    return Files.getFileStore(seen()).getUsableSpace();
  }

  void free() throws IOException {
    Files.delete(seen().resolve("filler"));
  }

  @Override
  public void close() {
    holder.destroyForcibly();
  }
}
