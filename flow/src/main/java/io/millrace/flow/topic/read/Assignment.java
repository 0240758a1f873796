package io.millrace.flow.topic.read;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * The enumerator's state: how many partitions it has dealt with, -1 before the first look, whether
 * it has dealt with the replayed records, and the splits that no reader has yet.
 */
record Assignment(int partitions, boolean replays, List<PartitionSplit> waiting) {
  Assignment {
    waiting = List.copyOf(waiting);
  }

  static final class Serializer implements SimpleVersionedSerializer<Assignment> {
    @Override
    public int getVersion() {
      return SplitSerializer.VERSION;
    }

    @Override
    public byte[] serialize(Assignment assignment) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (DataOutputStream out = new DataOutputStream(bytes)) {
        out.writeInt(assignment.partitions);
        out.writeBoolean(assignment.replays);
        out.writeInt(assignment.waiting.size());
        for (PartitionSplit split : assignment.waiting) {
          SplitSerializer.write(split, out);
        }
      }
      return bytes.toByteArray();
    }

    @Override
    public Assignment deserialize(int version, byte[] bytes) throws IOException {
      SplitSerializer.check(version);
      try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
        int partitions = in.readInt();
        boolean replays = in.readBoolean();
        List<PartitionSplit> waiting = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
          waiting.add(SplitSerializer.read(in));
        }
        return new Assignment(partitions, replays, waiting);
      }
    }
  }
}
