package io.millrace.sink.jdbc;

import io.millrace.sink.Staged;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows that wait in the staging table for their commit.
 *
 * @param stage their name there
 * @param parts how many rows of the staging table they are
 * @param columns the columns of the contract that they have, in order
 */
record StagedRows(
    long epoch, long checkpoint, String stage, int parts, long rows, List<String> columns) {
  private static final int VERSION = 1;

  StagedRows {
    columns = List.copyOf(columns);
  }

  Staged encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeLong(epoch);
      out.writeLong(checkpoint);
      out.writeUTF(stage);
      out.writeInt(parts);
      out.writeLong(rows);
      out.writeInt(columns.size());
      for (String column : columns) {
        out.writeUTF(column);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Staged(bytes.toByteArray());
  }

  static StagedRows decode(Staged staged) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(staged.payload()))) {
      int version = in.readByte();
      if (version != VERSION) {
        throw new IOException("Cannot read staged rows of version " + version);
      }
      long epoch = in.readLong();
      long checkpoint = in.readLong();
      String stage = in.readUTF();
      int parts = in.readInt();
      long rows = in.readLong();
      List<String> columns = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        columns.add(in.readUTF());
      }
      return new StagedRows(epoch, checkpoint, stage, parts, rows, columns);
    }
  }

  @Override
  public String toString() {
    return "stage " + stage + " of " + rows + " rows";
  }
}
