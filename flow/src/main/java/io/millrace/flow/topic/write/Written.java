package io.millrace.flow.topic.write;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A transaction that waits for its commit, and where its records lie: whoever can read them as
 * committed knows that it was, and where it was aborted they can still be found.
 */
record Written(KafkaCommittable transaction, Places places) {
  static final class Serializer implements SimpleVersionedSerializer<Written> {
    private static final int VERSION = 2;
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
        written.places.write(out);
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
        Places places = Places.read(in);
        int transactionVersion = in.readInt();
        return new Written(transactions.deserialize(transactionVersion, in.readAllBytes()), places);
      }
    }
  }
}
