package io.millrace.format.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.FileDecoder;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.ObjectWriter;
import io.millrace.format.RecordDecoder;
import io.millrace.format.RecordEncoder;
import io.millrace.model.RowSchema;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an encoder of text writes, decoders of records and of files read back as it was. */
class RoundTripTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "json; ; ; ",
        "delimited; ,; '\"'; ''",
        "delimited; \\t; '\"'; NULL",
        "delimited; ||; ''''; \\N",
      })
  void rowsAreReadBackAsTheyWere(String format, String delimiter, String quote, String nullText)
      throws Exception {
    Map<String, String> options =
        delimiter == null
            ? Map.of()
            : Map.of("delimiter", delimiter, "quote", quote, "null", nullText);
    Formats formats = new Formats(id -> null);
    for (long seed = 0; seed < 2000; seed++) {
      RandomRows random = new RandomRows(seed);
      RowSchema schema = random.schema(format.equals("json"));
      RecordEncoder encoder = formats.encoder(format, options, schema, -1);
      ByteSink file = new ByteSink();
      List<Object> expected = new ArrayList<>();
      List<Object> records = new ArrayList<>();
      List<Object> lines = new ArrayList<>();
      int[] all = IntStream.range(0, schema.size()).toArray();
      RecordDecoder decoder = formats.decoder(format, options, schema, all);
      for (int i = 0; i < 4; i++) {
        Object[] row = random.row(schema);
        expected.add(RandomRows.comparable(row));
        int mark = file.length();
        encoder.encode(new ObjectRow(schema).set(row), file);
        decoder.decode(
            file.array(),
            mark,
            file.length() - mark,
            new ObjectWriter(schema, values -> records.add(RandomRows.comparable(values))));
        file.write(i % 2 == 0 ? new byte[] {'\n'} : new byte[] {'\r', '\n'});
      }
      assertThat(records).as("seed %d", seed).isEqualTo(expected);
      formats
          .fileDecoder(format, options, schema)
          .decode(
              slowly(file.toByteArray()),
              new ObjectWriter(schema, values -> lines.add(RandomRows.comparable(values))),
              new AllAccepted());
      assertThat(lines)
          .as("seed %d, file %s", seed, new String(file.toByteArray()))
          .isEqualTo(expected);
    }
  }

  /** A few bytes at a time, so that rows straddle what is read at once. */
  private static InputStream slowly(byte[] bytes) {
    return new ByteArrayInputStream(bytes) {
      @Override
      public synchronized int read(byte[] target, int offset, int length) {
        return super.read(target, offset, Math.min(length, 3));
      }
    };
  }

  private record AllAccepted() implements FileDecoder.FileRows {
    @Override
    public void accepted(long row) {
      assertThat(row).isPositive();
    }

    @Override
    public void refused(long row, byte[] bytes, DecodeException why) {
      throw new AssertionError(new String(bytes), why);
    }
  }
}
