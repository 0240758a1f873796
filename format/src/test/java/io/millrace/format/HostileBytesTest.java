package io.millrace.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Mutated records give rows that keep every promise, or DecodeExceptions, and nothing else. */
@Timeout(60)
class HostileBytesTest {
  private static final int CASES = 400;
  private static final int MUTATIONS = 40;
  private static final long MOST_BYTES = 2 << 20;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @ParameterizedTest
  @ValueSource(strings = {"avro", "json", "delimited", "w3c"})
  void mutatedRecordsAreReadStrictlyOrRefused(String format) throws Exception {
    int refused = 0;
    for (long seed = 0; seed < CASES; seed++) {
      RandomRows rows = new RandomRows(seed);
      RowSchema schema = rows.schema(format.equals("avro") || format.equals("json"));
      Schema contract =
          AvroContracts.valueSchema(new Name("public", "t"), schema, Optional.empty());
      Formats formats = new Formats(id -> requireOne(id, contract));
      ByteSink out = new ByteSink();
      try {
        formats
            .encoder(format, Map.of(), schema, 1)
            .encode(new ObjectRow(schema).set(rows.row(schema)), out);
      } catch (MillraceException e) {
        continue; // a line of log that begins with '#'
      }
      int[] all = IntStream.range(0, schema.size()).toArray();
      RecordDecoder decoder = formats.decoder(format, Map.of(), schema, all);
      StrictWriter target = new StrictWriter(schema);
      for (int i = 0; i < MUTATIONS; i++) {
        byte[] bytes = mutated(out.toByteArray(), rows.random(), i);
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
          decoder.decode(bytes, 0, bytes.length, target);
        } catch (DecodeException e) {
          refused++;
          assertThat(e.getMessage()).startsWith("Cannot read ");
        }
        assertThat(target.isIdle()).as("seed %d, mutation %d", seed, i).isTrue();
        assertThat(threads.getCurrentThreadAllocatedBytes() - before)
            .as("bytes allocated, seed %d, mutation %d", seed, i)
            .isLessThan(MOST_BYTES);
      }
    }
    assertThat(refused).isGreaterThan(CASES * MUTATIONS / 10);
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "delimited", "w3c", "raw"})
  void mutatedFilesGiveEveryRowAFate(String format) throws IOException {
    for (long seed = 0; seed < CASES; seed++) {
      RandomRows rows = new RandomRows(seed);
      RowSchema schema =
          format.equals("raw")
              ? RowSchema.of(new io.millrace.model.Column("c", io.millrace.model.DataType.STRING))
              : rows.schema(format.equals("json"));
      Formats formats = new Formats(id -> null);
      RecordEncoder encoder = formats.encoder(format, Map.of(), schema, -1);
      ByteSink out = new ByteSink();
      for (int i = 0; i < 5; i++) {
        int mark = out.length();
        try {
          encoder.encode(new ObjectRow(schema).set(rows.row(schema)), out);
        } catch (MillraceException e) {
          out.length(mark);
          continue;
        }
        out.write('\n');
      }
      StrictWriter target = new StrictWriter(schema);
      for (int i = 0; i < 10; i++) {
        byte[] bytes = mutated(out.toByteArray(), rows.random(), i);
        List<Long> accepted = new ArrayList<>();
        target.rows = 0;
        formats
            .fileDecoder(format, Map.of(), schema)
            .decode(new ByteArrayInputStream(bytes), target, new Fates(accepted));
        assertThat(target.rows).as("seed %d, mutation %d", seed, i).isEqualTo(accepted.size());
        assertThat(target.isIdle()).isTrue();
      }
    }
  }

  private record Fates(List<Long> accepted) implements FileDecoder.FileRows {
    @Override
    public void accepted(long row) {
      accepted.add(row);
    }

    @Override
    public void refused(long row, byte[] bytes, DecodeException why) {
      assertThat(row).isPositive();
    }
  }

  private static Schema requireOne(int id, Schema contract) {
    if (id == 1) {
      return contract;
    }
    throw new MillraceException(
        io.millrace.model.ErrorCode.CONTRACT_NOT_FOUND, "Cannot find schema " + id);
  }

  private static byte[] mutated(byte[] good, Random random, int round) {
    byte[] bytes = good.clone();
    if (round % 4 == 0) {
      bytes = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length + 3));
    }
    if (round % 7 == 6) {
      // Headers are kept more often than not, so that what is behind them is reached.
      byte[] noise = new byte[5 + random.nextInt(60)];
      random.nextBytes(noise);
      System.arraycopy(bytes, 0, noise, 0, Math.min(5, bytes.length));
      return noise;
    }
    int flips = bytes.length == 0 ? 0 : 1 + random.nextInt(3);
    for (int i = 0; i < flips; i++) {
      int at = random.nextInt(4) == 0 ? 0 : Math.min(5, bytes.length - 1);
      at += random.nextInt(bytes.length - at);
      bytes[at] =
          (byte) (random.nextBoolean() ? random.nextInt() : bytes[at] ^ 1 << random.nextInt(8));
    }
    return bytes;
  }
}
