package io.millrace.sink.files;

import io.millrace.model.Positions;
import io.millrace.sink.EpochId;
import io.millrace.sink.Staged;
import io.millrace.sink.WriterContext;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What one task committed at one checkpoint: its files with their rows, and for each partition that
 * the task has read the offset of the next record. Written behind its files.
 *
 * @param key where it belongs, relative to the sink's prefix
 */
record Manifest(String key, byte[] json) {
  /** The first byte of its encoding; that of a {@link StagedFile} is 1. */
  private static final int VERSION = 2;

  static Manifest of(
      String sink, WriterContext context, EpochId epoch, List<WholeFile> files, Positions next) {
    String key =
        String.format(
            "_manifests/%s/%05d-%08d-%03d.json",
            sink, epoch.epoch(), epoch.checkpoint(), context.subtask());
    String json =
        "{\"sink\":"
            + quoted(sink)
            + ",\"epoch\":"
            + epoch.epoch()
            + ",\"checkpoint\":"
            + epoch.checkpoint()
            + ",\"task\":"
            + context.subtask()
            + ",\"rows\":"
            + files.stream().mapToLong(WholeFile::rows).sum()
            + ",\"next\":"
            + next.offsets().entrySet().stream()
                .map(e -> "\"" + e.getKey() + "\":" + e.getValue())
                .collect(Collectors.joining(",", "{", "}"))
            + ",\"files\":"
            + files.stream()
                .map(
                    file ->
                        "{\"key\":"
                            + quoted(((ObjectFile) file.output()).key())
                            + ",\"rows\":"
                            + file.rows()
                            + "}")
                .collect(Collectors.joining(",", "[", "]"))
            + "}\n";
    return new Manifest(key, json.getBytes(StandardCharsets.UTF_8));
  }

  /** {@link FileNames#escape} has left nothing in a key that JSON would escape. */
  private static String quoted(String text) {
    return "\"" + text + "\"";
  }

  static boolean isOne(Staged staged) {
    return staged.payload().length > 0 && staged.payload()[0] == VERSION;
  }

  Staged encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeUTF(key);
      out.writeInt(json.length);
      out.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Staged(bytes.toByteArray());
  }

  static Manifest decode(Staged staged) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(staged.payload()))) {
      in.readByte();
      return new Manifest(in.readUTF(), in.readNBytes(in.readInt()));
    }
  }
}
