package io.millrace.sink.files;

import io.millrace.sink.Staged;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * One file that waits for its commit.
 *
 * @param epoch the submission that wrote it
 * @param from where it waits and {@code to} where it belongs, relative to the sink's folder
 */
record StagedFile(long epoch, String from, String to, long rows) {
  private static final int VERSION = 1;

  Staged encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeLong(epoch);
      out.writeUTF(from);
      out.writeUTF(to);
      out.writeLong(rows);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Staged(bytes.toByteArray());
  }

  static StagedFile decode(Staged staged) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(staged.payload()))) {
      int version = in.readByte();
      if (version != VERSION) {
        throw new IOException("Cannot read a staged file of version " + version);
      }
      return new StagedFile(in.readLong(), in.readUTF(), in.readUTF(), in.readLong());
    }
  }
}
