package io.millrace.format.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.ObjectWriter;
import io.millrace.format.RecordDecoder;
import io.millrace.format.RecordEncoder;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Envelopes of random rows, written by the encoders of JSON and Avro, and what is made of them. */
class DebeziumOracleTest {
  private static final DataType SOURCE =
      new DataType.Row(
          List.of(new Column("ts_us", DataType.BIGINT), new Column("lsn", DataType.BIGINT)), false);

  /** One random table: its changes, and its envelopes as rows to be written. */
  private static final class Case {
    final RandomRows random;
    final RowSchema changes;
    final RowSchema envelopes;
    final RecordEncoder encoder;
    final RecordDecoder decoder;

    Case(String format, long seed) {
      random = new RandomRows(seed);
      List<Column> columns =
          random.schema(true).columns().stream()
              .map(c -> new Column(c.name(), c.type().withNullable(true)))
              .toList();
      DataType row = new DataType.Row(columns, true);
      changes =
          RowSchema.of(
              new Column("op", DataType.STRING.withNullable(false)),
              new Column("before", row),
              new Column("after", row),
              new Column("source_time", DataType.timestampLtz(6).withNullable(false)),
              new Column("source_position", DataType.BIGINT));
      envelopes =
          RowSchema.of(
              new Column("before", row),
              new Column("after", row),
              new Column("source", SOURCE),
              new Column("op", DataType.STRING.withNullable(false)));
      Schema contract =
          AvroContracts.valueSchema(Name.parse("envelope"), envelopes, Optional.empty());
      Formats formats = new Formats(id -> contract);
      encoder = formats.encoder(format, Map.of(), envelopes, 1);
      int[] all = IntStream.range(0, changes.size()).toArray();
      decoder =
          formats.decoder("debezium", Map.of("decimal.handling.mode", "string"), changes, all);
    }

    byte[] envelope(Object before, Object after, String op) {
      ByteSink out = new ByteSink();
      Map<String, Object> source = Map.of("ts_us", 5_000_001L, "lsn", 77L);
      encoder.encode(new ObjectRow(envelopes).set(before, after, source, op), out);
      return out.toByteArray();
    }

    Object row() {
      return random.value(changes.column(2).type());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "avro"})
  void rowsAreReadBackAsTheyWere(String format) throws Exception {
    for (long seed = 0; seed < 300; seed++) {
      Case one = new Case(format, seed);
      for (String op : List.of("c", "u", "d", "r")) {
        Object before = one.row();
        Object after = one.row();
        byte[] bytes = one.envelope(before, after, op);
        List<Object> read = new ArrayList<>();
        one.decoder.decode(
            bytes,
            0,
            bytes.length,
            new ObjectWriter(one.changes, row -> read.add(RandomRows.comparable(row))));
        assertThat(read)
            .as("seed %d", seed)
            .containsExactly(
                RandomRows.comparable(
                    new Object[] {
                      op, before, after, Instant.ofEpochMilli(5000).plusNanos(1000), 77L
                    }));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "avro"})
  void hostileBytesAreRefusedOrAreAWholeRow(String format) {
    int accepted = 0;
    int refused = 0;
    for (long seed = 0; seed < 50; seed++) {
      Case one = new Case(format, seed);
      Mutations mutations = new Mutations(one.random.random());
      StrictWriter target = new StrictWriter(one.changes);
      for (int i = 0; i < 200; i++) {
        byte[] good = one.envelope(one.row(), one.row(), "u");
        mutations.mutate(good, one.envelope(null, one.row(), "c"));
        long before = target.rows();
        try {
          int rows = one.decoder.decode(mutations.bytes(), 0, mutations.length(), target);
          assertThat(target.rows() - before).isEqualTo(rows);
          accepted += rows;
        } catch (DecodeException e) {
          assertThat(e.reason()).isNotBlank();
          assertThat(target.rows()).isEqualTo(before);
          refused++;
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError(
              "seed %d: %s of %s"
                  .formatted(
                      seed,
                      HexFormat.of()
                          .formatHex(Arrays.copyOf(mutations.bytes(), mutations.length())),
                      one.changes),
              e);
        }
        assertThat(target.isIdle()).isTrue();
      }
    }
    assertThat(accepted).isPositive();
    assertThat(refused).isPositive();
  }
}
