package io.millrace.flow.topic.write;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A transaction that waits for its commit, and where its last record lies: whoever can read that
 * record knows that the transaction was committed.
 */
public record Written(KafkaCommittable transaction, int partition, long offset) {
  static final class Serializer implements SimpleVersionedSerializer<Written> {
    private static final int VERSION = 1;
    private final SimpleVersionedSerializer<KafkaCommittable> transactions;

    Serializer(SimpleVersionedSerializer<KafkaCommittable> transactions) {
      this.transactions = transactions;
    }

    @Override
    public int getVersion() {
      return VERSION;
    }

    @Override
    public byte[] serialize(Written written) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (DataOutputStream out = new DataOutputStream(bytes)) {
        out.writeInt(written.partition);
        out.writeLong(written.offset);
        out.writeInt(transactions.getVersion());
        out.write(transactions.serialize(written.transaction));
      }
      return bytes.toByteArray();
    }

    @Override
    public Written deserialize(int version, byte[] bytes) throws IOException {
      if (version != VERSION) {
        throw new IOException("Cannot read a checkpoint: its commits are of version " + version);
      }
      try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
        int partition = in.readInt();
        long offset = in.readLong();
        int transactionVersion = in.readInt();
        return new Written(
            transactions.deserialize(transactionVersion, in.readAllBytes()), partition, offset);
      }
    }
  }
}
