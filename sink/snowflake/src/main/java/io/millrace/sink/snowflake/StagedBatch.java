package io.millrace.sink.snowflake;

import io.millrace.sink.Staged;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The files of one writer and checkpoint, waiting on the stage.
 *
 * @param epoch the submission that wrote them
 * @param path of their folder on the stage; it names the batch in the ledger
 */
record StagedBatch(long epoch, String path, long rows) {
  private static final int VERSION = 1;

  Staged encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeLong(epoch);
      out.writeUTF(path);
      out.writeLong(rows);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Staged(bytes.toByteArray());
  }

  static StagedBatch decode(Staged staged) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(staged.payload()))) {
      int version = in.readByte();
      if (version != VERSION) {
        throw new IOException("Cannot read a staged batch of version " + version);
      }
      return new StagedBatch(in.readLong(), in.readUTF(), in.readLong());
    }
  }
}
