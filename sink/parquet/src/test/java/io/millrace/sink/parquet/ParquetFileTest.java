package io.millrace.sink.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import io.millrace.model.TypeParser;
import io.millrace.sink.RowRefusedException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.internal.column.columnindex.ColumnIndex;
import org.apache.parquet.internal.column.columnindex.OffsetIndex;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.SeekableInputStream;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.parquet.schema.Type;
import org.junit.jupiter.api.Test;

class ParquetFileTest {
  private static final long ROW_GROUP = 1 << 20;

  private static Column column(String name, String type) {
    return new Column(name, TypeParser.parse(type));
  }

  /** The file that a sink would make of the rows that {@code push} pushes. */
  private static byte[] file(RowSchema schema, Consumer<RowWriter> push) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ParquetFile file = new ParquetFile(out, schema, Compression.NONE, ROW_GROUP)) {
      push.accept(log(schema, file));
    }
    return out.toByteArray();
  }

  private static RowLog log(RowSchema schema, ParquetFile file) {
    RowLog[] log = new RowLog[1];
    log[0] =
        new RowLog(
            schema,
            () -> {
              try {
                file.write(log[0]);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    return log[0];
  }

  private static MessageType schemaOf(byte[] file) throws IOException {
    try (ParquetFileReader reader = reader(file)) {
      return reader.getFileMetaData().getSchema();
    }
  }

  private static ParquetFileReader reader(byte[] file) throws IOException {
    return ParquetFileReader.open(
        new BytesFile(file), ParquetReadOptions.builder(new PlainParquetConfiguration()).build());
  }

  private static List<Group> read(byte[] file) throws IOException {
    List<Group> rows = new ArrayList<>();
    try (ParquetFileReader reader = reader(file)) {
      MessageType schema = reader.getFileMetaData().getSchema();
      for (PageReadStore pages = reader.readNextRowGroup();
          pages != null;
          pages = reader.readNextRowGroup()) {
        RecordReader<Group> records =
            new ColumnIOFactory()
                .getColumnIO(schema)
                .getRecordReader(pages, new GroupRecordConverter(schema));
        for (long i = 0; i < pages.getRowCount(); i++) {
          rows.add(records.read());
        }
      }
    }
    return rows;
  }

  private static void text(RowWriter rows, int column, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    rows.setUtf8(column, utf8, 0, utf8.length);
  }

  @Test
  void typesAreThoseOfTheSpecification() throws Exception {
    RowSchema schema =
        RowSchema.of(
            column("a", "BOOLEAN NOT NULL"),
            column("b", "INT"),
            column("c", "STRING"),
            column("d", "BYTES"),
            column("e", "DATE"),
            column("f", "TIME(3)"),
            column("g", "TIME(6)"),
            column("h", "TIMESTAMP(3)"),
            column("i", "TIMESTAMP_LTZ(6)"),
            column("j", "DECIMAL(9, 2)"),
            column("k", "DECIMAL(18, 2)"),
            column("l", "DECIMAL(19, 2)"),
            column("m", "DECIMAL(38, 2)"),
            column("n", "ARRAY<STRING NOT NULL>"),
            column("o", "MAP<STRING, DOUBLE>"),
            column("p", "ROW<x FLOAT, y BIGINT NOT NULL>"));

    assertThat(schemaOf(file(schema, rows -> {})))
        .isEqualTo(
            MessageTypeParser.parseMessageType(
                """
                message row {
                  required boolean a;
                  optional int32 b;
                  optional binary c (STRING);
                  optional binary d;
                  optional int32 e (DATE);
                  optional int32 f (TIME(MILLIS,false));
                  optional int64 g (TIME(MICROS,false));
                  optional int64 h (TIMESTAMP(MILLIS,false));
                  optional int64 i (TIMESTAMP(MICROS,true));
                  optional int32 j (DECIMAL(9,2));
                  optional int64 k (DECIMAL(18,2));
                  optional fixed_len_byte_array(9) l (DECIMAL(19,2));
                  optional fixed_len_byte_array(16) m (DECIMAL(38,2));
                  optional group n (LIST) { repeated group list { required binary element (STRING); } }
                  optional group o (MAP) { repeated group key_value { required binary key (STRING); optional double value; } }
                  optional group p { optional float x; required int64 y; }
                }
                """));
  }

  /** Types and rows of any shape, with fields left out, against Parquet's own reader. */
  @Test
  void rowsOfAnyShapeComeBack() throws Exception {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      List<Column> columns = new ArrayList<>();
      for (int i = 0; i < 1 + random.nextInt(4); i++) {
        columns.add(new Column("c" + i, randomType(random, 3)));
      }
      List<String> written = new ArrayList<>();
      byte[] file =
          file(
              new RowSchema(columns, List.of()),
              rows -> {
                for (int i = 0; i < 50; i++) {
                  rows.beginRow();
                  written.add(writeFields(random, columns, rows));
                  rows.endRow();
                }
              });
      assertThat(read(file).stream().map(ParquetFileTest::fieldsOf))
          .as("seed %d, %s", seed, columns)
          .containsExactlyElementsOf(written);
    }
  }

  private static DataType randomType(Random random, int depth) {
    boolean nullable = random.nextInt(3) > 0;
    return switch (random.nextInt(depth == 0 ? 4 : 7)) {
      case 0 -> DataType.INT.withNullable(nullable);
      case 1 -> DataType.STRING.withNullable(nullable);
      case 2 -> DataType.DOUBLE.withNullable(nullable);
      case 3 -> DataType.BOOLEAN.withNullable(nullable);
      case 4 -> new DataType.Array(randomType(random, depth - 1), nullable);
      case 5 -> new DataType.Map(randomType(random, depth - 1), nullable);
      default -> {
        List<Column> fields = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(3); i++) {
          fields.add(new Column("f" + i, randomType(random, depth - 1)));
        }
        yield new DataType.Row(fields, nullable);
      }
    };
  }

  /** Pushes values for the columns; answers what reading them back must give. */
  private static String writeFields(Random random, List<Column> columns, RowWriter rows) {
    StringBuilder text = new StringBuilder("{");
    for (int i = 0; i < columns.size(); i++) {
      DataType type = columns.get(i).type();
      text.append(columns.get(i).name()).append('=');
      if (type.nullable() && random.nextInt(4) == 0) {
        text.append("null"); // left out
      } else {
        text.append(writeValue(random, i, type, rows));
      }
      text.append(' ');
    }
    return text + "}";
  }

  private static String writeValue(Random random, int column, DataType type, RowWriter rows) {
    if (type.nullable() && random.nextInt(4) == 0) {
      rows.setNull(column);
      return "null";
    }
    switch (type.kind()) {
      case INT:
        int number = random.nextInt(10) - 5;
        rows.setInt(column, number);
        return "" + number;
      case STRING:
        String text = "x".repeat(random.nextInt(20));
        text(rows, column, text);
        return text;
      case DOUBLE:
        double fraction = random.nextInt(10) / 4.0;
        rows.setDouble(column, fraction);
        return "" + fraction;
      case BOOLEAN:
        boolean truth = random.nextBoolean();
        rows.setBoolean(column, truth);
        return "" + truth;
      case ROW:
        rows.beginStruct(column);
        String fields = writeFields(random, ((DataType.Row) type).fields(), rows);
        rows.endStruct();
        return fields;
      default:
        return writeEntries(random, column, type, rows);
    }
  }

  private static String writeEntries(Random random, int column, DataType type, RowWriter rows) {
    StringBuilder entries = new StringBuilder("[");
    int size = random.nextInt(4);
    if (type instanceof DataType.Array array) {
      rows.beginList(column);
      for (int i = 0; i < size; i++) {
        entries.append(writeValue(random, 0, array.element(), rows)).append(' ');
      }
      rows.endList();
    } else {
      rows.beginMap(column);
      for (int i = 0; i < size; i++) {
        text(rows, 0, "key" + i);
        String value = writeValue(random, 1, ((DataType.Map) type).value(), rows);
        entries.append("key").append(i).append(':').append(value).append(' ');
      }
      rows.endMap();
    }
    return entries + "]";
  }

  private static String fieldsOf(Group group) {
    StringBuilder text = new StringBuilder("{");
    for (Type field : group.getType().getFields()) {
      text.append(field.getName()).append('=').append(valueOf(group, field.getName())).append(' ');
    }
    return text + "}";
  }

  private static String valueOf(Group group, String field) {
    if (group.getFieldRepetitionCount(field) == 0) {
      return "null";
    }
    Type type = group.getType().getType(field);
    if (type.isPrimitive()) {
      return group.getValueToString(group.getType().getFieldIndex(field), 0);
    }
    Group value = group.getGroup(field, 0);
    if (type.getLogicalTypeAnnotation() == null) {
      return fieldsOf(value);
    }
    boolean list = type.getLogicalTypeAnnotation().equals(LogicalTypeAnnotation.listType());
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < value.getFieldRepetitionCount(0); i++) {
      Group entry = value.getGroup(0, i);
      text.append(list ? "" : entry.getString("key", 0) + ":")
          .append(valueOf(entry, list ? "element" : "value"))
          .append(' ');
    }
    return text + "]";
  }

  /** Readers leave out pages and row groups by these. */
  @Test
  void leastAndGreatestValueOfEachPageAndNullsAreThoseOfItsRows() throws Exception {
    RowSchema schema =
        RowSchema.of(column("few", "STRING"), column("all", "STRING"), column("n", "INT"));
    List<List<String>> written = new ArrayList<>();
    Random random = new Random(3);
    byte[] file =
        file(
            schema,
            rows -> {
              for (int i = 0; i < 100_000; i++) {
                String few =
                    random.nextInt(9) == 0 ? null : "\u00e9" + random.nextInt(i / 1000 + 1);
                String all = Integer.toHexString(random.nextInt()).repeat(3);
                written.add(Arrays.asList(few, all, "" + i));
                rows.beginRow();
                if (few != null) {
                  text(rows, 0, few);
                }
                text(rows, 1, all);
                rows.setInt(2, i);
                rows.endRow();
              }
            });
    int pages = 0;
    try (ParquetFileReader reader = reader(file)) {
      int firstOfGroup = 0;
      for (BlockMetaData group : reader.getFooter().getBlocks()) {
        List<List<String>> rows =
            written.subList(firstOfGroup, firstOfGroup + (int) group.getRowCount());
        for (int c = 0; c < 2; c++) {
          ColumnChunkMetaData chunk = group.getColumns().get(c);
          assertStatistics(
              rows,
              c,
              chunk.getStatistics().getMinBytes(),
              chunk.getStatistics().getMaxBytes(),
              chunk.getStatistics().getNumNulls());
          ColumnIndex index = reader.readColumnIndex(chunk);
          OffsetIndex offsets = reader.readOffsetIndex(chunk);
          for (int page = 0; page < offsets.getPageCount(); page++) {
            int last = (int) offsets.getLastRowIndex(page, group.getRowCount()) + 1;
            assertStatistics(
                rows.subList((int) offsets.getFirstRowIndex(page), last),
                c,
                index.getMinValues().get(page).array(),
                index.getMaxValues().get(page).array(),
                index.getNullCounts().get(page));
            pages++;
          }
        }
        firstOfGroup += (int) group.getRowCount();
      }
    }
    assertThat(pages).isGreaterThan(10);
  }

  private static void assertStatistics(
      List<List<String>> rows, int column, byte[] least, byte[] greatest, long nulls) {
    List<String> values =
        rows.stream().map(row -> row.get(column)).filter(v -> v != null).sorted().toList();
    assertThat(new String(least, StandardCharsets.UTF_8)).isEqualTo(values.get(0));
    assertThat(new String(greatest, StandardCharsets.UTF_8))
        .isEqualTo(values.get(values.size() - 1));
    assertThat(nulls).isEqualTo(rows.size() - values.size());
  }

  /** Few values, all different ones, and few at first: past a megabyte a dictionary is given up. */
  @Test
  void textsComeBackWhetherTheirDictionaryIsKeptOrGivenUp() throws Exception {
    RowSchema schema =
        RowSchema.of(column("few", "STRING"), column("all", "STRING"), column("later", "BYTES"));
    Random random = new Random(7);
    List<List<String>> written = new ArrayList<>();
    for (int i = 0; i < 200_000; i++) {
      String few = "x".repeat(random.nextInt(20)) + random.nextInt(200);
      String all = Integer.toHexString(random.nextInt()).repeat(random.nextInt(5)) + i;
      written.add(List.of(few, all, i < 40_000 ? few : all));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ParquetFile file = new ParquetFile(out, schema, Compression.NONE, 4 << 20)) {
      RowLog log = log(schema, file);
      for (List<String> row : written) {
        log.beginRow();
        text(log, 0, row.get(0));
        text(log, 1, row.get(1));
        byte[] later = row.get(2).getBytes(StandardCharsets.UTF_8);
        log.setBytes(2, later, 0, later.length);
        log.endRow();
      }
      assertThat(file.rows()).isEqualTo(written.size());
    }
    byte[] file = out.toByteArray();
    List<List<String>> read =
        read(file).stream()
            .map(
                row ->
                    List.of(
                        row.getString(0, 0),
                        row.getString(1, 0),
                        row.getBinary(2, 0).toStringUsingUTF8()))
            .toList();
    assertThat(read).isEqualTo(written);
    try (ParquetFileReader reader = reader(file)) {
      List<BlockMetaData> groups = reader.getFooter().getBlocks();
      assertThat(groups).hasSizeGreaterThan(1);
      List<ColumnChunkMetaData> columns = groups.get(0).getColumns();
      assertThat(columns.get(0).getEncodings())
          .contains(Encoding.PLAIN_DICTIONARY)
          .doesNotContain(Encoding.PLAIN);
      assertThat(columns.get(1).getEncodings())
          .contains(Encoding.PLAIN)
          .doesNotContain(Encoding.PLAIN_DICTIONARY);
      assertThat(columns.get(2).getEncodings()).contains(Encoding.PLAIN, Encoding.PLAIN_DICTIONARY);
    }
  }

  @Test
  void decimalsOfAnyEncodingAreTheSameNumber() throws Exception {
    RowSchema schema =
        RowSchema.of(column("narrow", "DECIMAL(9, 0)"), column("wide", "DECIMAL(38, 0)"));
    byte[] padded = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2};
    byte[] negative = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -2};
    List<Group> read =
        read(
            file(
                schema,
                rows -> {
                  for (int i = 0; i < 3; i++) {
                    rows.beginRow();
                    switch (i) {
                      case 0 -> {
                        rows.setDecimal(0, -7);
                        rows.setDecimal(1, Long.MIN_VALUE);
                      }
                      case 1 -> {
                        rows.setDecimal(0, padded, 0, padded.length);
                        rows.setDecimal(1, padded, 0, padded.length);
                      }
                      default -> {
                        rows.setDecimal(0, negative, 0, negative.length);
                        rows.setDecimal(1, negative, 0, negative.length);
                      }
                    }
                    rows.endRow();
                  }
                }));
    assertThat(read.stream().map(g -> g.getInteger("narrow", 0)).toList())
        .containsExactly(-7, 258, -2);
    assertThat(read.stream().map(g -> new BigInteger(g.getBinary("wide", 0).getBytes())).toList())
        .containsExactly(
            BigInteger.valueOf(Long.MIN_VALUE), BigInteger.valueOf(258), BigInteger.valueOf(-2));
  }

  @Test
  void rowThatAFileWouldNotGiveBackIsRefused() throws Exception {
    RowSchema schema =
        RowSchema.of(
            column("id", "INT NOT NULL"),
            column("price", "DECIMAL(5, 2)"),
            column("large", "DECIMAL(38, 0)"),
            column("at", "TIME(3)"),
            column("tags", "ARRAY<STRING NOT NULL>"),
            column("counts", "MAP<STRING, INT NOT NULL>"),
            column("nested", "ROW<deep ROW<a INT, b STRING NOT NULL>>"));
    byte[] tooLarge = BigInteger.TEN.pow(38).toByteArray();
    byte[] nineBytes = BigInteger.ONE.shiftLeft(70).toByteArray();
    List<Group> read =
        read(
            file(
                schema,
                rows -> {
                  assertRefused(rows, "id", r -> {});
                  assertRefused(rows, "id", r -> r.setNull(0));
                  assertRefused(rows, "price", r -> r.setDecimal(1, 100_000));
                  assertRefused(rows, "price", r -> r.setDecimal(1, nineBytes, 0, 9));
                  assertRefused(rows, "large", r -> r.setDecimal(2, tooLarge, 0, tooLarge.length));
                  assertRefused(rows, "at", r -> r.setLong(3, 86_400_000));
                  assertRefused(
                      rows,
                      "tags",
                      r -> {
                        r.beginList(4);
                        text(r, 0, "one");
                        r.setNull(0);
                        r.endList();
                      });
                  assertRefused(
                      rows,
                      "counts",
                      r -> {
                        r.beginMap(5);
                        text(r, 0, "one");
                        r.setNull(1);
                        r.endMap();
                      });
                  assertRefused(
                      rows,
                      "nested",
                      r -> {
                        r.beginStruct(6);
                        r.beginStruct(0);
                        r.setInt(0, 1);
                        r.endStruct();
                        r.endStruct();
                      });
                  rows.beginRow();
                  rows.setInt(0, 1);
                  rows.setDecimal(1, -99_999);
                  rows.endRow();
                }));
    assertThat(read).hasSize(1);
    assertThat(read.get(0).getInteger("price", 0)).isEqualTo(-99_999);
  }

  private static void assertRefused(RowWriter rows, String column, Consumer<RowWriter> fields) {
    rows.beginRow();
    if (!column.equals("id")) {
      rows.setInt(0, 7);
    }
    fields.accept(rows);
    assertThatThrownBy(rows::endRow)
        .isInstanceOfSatisfying(
            RowRefusedException.class,
            e -> {
              assertThat(e.column()).isEqualTo(column);
              assertThat(e.getMessage()).startsWith("Cannot write column " + column);
            });
  }

  @Test
  void sizesCountWhatIsWrittenAndWhatIsGathered() throws Exception {
    RowSchema schema = RowSchema.of(column("text", "STRING"));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ParquetFile file = new ParquetFile(out, schema, Compression.NONE, ROW_GROUP)) {
      RowLog log = log(schema, file);
      String filler = "x".repeat(1000);
      for (int i = 0; i < 5000; i++) {
        log.beginRow();
        text(log, 0, i + filler);
        log.endRow();
      }
      assertThat(file.rows()).isEqualTo(5000);
      assertThat(file.bytes()).isBetween(5_000_000L, 6_000_000L);
      assertThat(file.gathered()).isEqualTo(file.bytes() - out.size()).isLessThan(2 * ROW_GROUP);
    }
    assertThat(read(out.toByteArray())).hasSize(5000);
  }

  /** Not even where what it held was on its way out when that failed. */
  @Test
  void fileThatCouldNotBeWrittenToTakesNoRowAndGetsNoFooter() throws Exception {
    RowSchema schema = RowSchema.of(column("a", "STRING"));
    boolean[] full = new boolean[1];
    ByteArrayOutputStream out =
        new ByteArrayOutputStream() {
          @Override
          public synchronized void write(byte[] bytes, int offset, int length) {
            if (full[0]) {
              throw new UncheckedIOException(new IOException("No space left on device"));
            }
            super.write(bytes, offset, length);
          }
        };
    ParquetFile file = new ParquetFile(out, schema, Compression.NONE, 64 << 10);
    RowLog log = log(schema, file);
    full[0] = true;
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100_000; i++) {
                log.beginRow();
                text(log, 0, "row " + i);
                log.endRow();
              }
            })
        .hasMessageContaining("No space left on device");
    int written = out.size();
    full[0] = false;
    assertThatThrownBy(() -> file.write(log))
        .hasMessage("Cannot go on with a file that could not be written to");
    file.close();
    assertThat(out.size()).isEqualTo(written);
  }

  @Test
  void abandonedFileClosesItsStreamAndWritesNoMore() throws Exception {
    RowSchema schema = RowSchema.of(column("n", "INT"));
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    boolean[] closed = new boolean[1];
    OutputStream out =
        new OutputStream() {
          @Override
          public void write(int b) {
            written.write(b);
          }

          @Override
          public void close() {
            closed[0] = true;
          }
        };
    ParquetFile file = new ParquetFile(out, schema, Compression.ZSTD, ROW_GROUP);
    RowLog log = log(schema, file);
    log.beginRow();
    log.setInt(0, 1);
    log.endRow();
    int before = written.size();
    file.abandon();
    assertThat(closed[0]).isTrue();
    assertThat(written.size()).isEqualTo(before);
  }

  /** A file that is an array. */
  private record BytesFile(byte[] bytes) implements InputFile {
    @Override
    public long getLength() {
      return bytes.length;
    }

    @Override
    public SeekableInputStream newStream() {
      ByteArrayInputStream in = new ByteArrayInputStream(bytes);
      return new DelegatingSeekableInputStream(in) {
        @Override
        public long getPos() {
          return bytes.length - in.available();
        }

        @Override
        public void seek(long position) {
          in.reset();
          in.skip(position);
        }
      };
    }
  }
}
