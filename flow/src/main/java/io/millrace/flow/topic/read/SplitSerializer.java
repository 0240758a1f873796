package io.millrace.flow.topic.read;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** Splits in checkpoints: partition, next offset, stop, marks, watermark. */
final class SplitSerializer implements SimpleVersionedSerializer<PartitionSplit> {
  static final int VERSION = 3;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(PartitionSplit split) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      write(split, out);
    }
    return bytes.toByteArray();
  }

  static void write(PartitionSplit split, DataOutputStream out) throws IOException {
    out.writeInt(split.partition());
    out.writeLong(split.next());
    out.writeLong(split.stop());
    out.writeInt(split.marks().length);
    out.write(split.marks());
    out.writeLong(split.declared());
  }

  @Override
  public PartitionSplit deserialize(int version, byte[] bytes) throws IOException {
    check(version);
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      return read(in);
    }
  }

  static void check(int version) throws IOException {
    if (version != VERSION) {
      throw new IOException(
          "Cannot read a checkpoint: its topic positions are of version " + version);
    }
  }

  static PartitionSplit read(DataInputStream in) throws IOException {
    int partition = in.readInt();
    long next = in.readLong();
    long stop = in.readLong();
    byte[] marks = in.readNBytes(in.readInt());
    return new PartitionSplit(partition, next, stop, marks, in.readLong());
  }
}
