package io.millrace.format.testkit;

import com.sun.management.ThreadMXBean;
import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.FileDecoder;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.RecordDecoder;
import io.millrace.format.RecordEncoder;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowReader;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/**
 * One schema in one dialect of a codec, made from a seed, and the properties that any bytes must
 * keep in it. Whatever the bytes: decoding ends soon, allocates no more than the input warrants,
 * and either gives a row that is written and read back as it was, or throws a DecodeException that
 * says what is wrong and where, and leaves nothing in the target. A broken property is an
 * AssertionError. Not thread-safe.
 */
public final class CodecCase {
  /** What became of an input. */
  public enum Fate {
    ACCEPTED,
    REFUSED,
    /** A record that carries no row by design, such as a directive. */
    SKIPPED
  }

  private static final int POOL = 6;
  private static final int PADDING = 7;
  private static final int READER = 1;
  private static final int WRITER = 2;
  private static final int OWN = 3;
  private static final long BYTES_PER_BYTE = 1000;

  /** Items of a list that take no bytes in Avro are limited by number, not by the input's size. */
  private static final long AVRO_BYTES = 48 << 20;

  private static final long OTHER_BYTES = 4 << 20;

  /** A block of an Avro file is read whole, and its length is believed up to 64 MB. */
  private static final long FILE_BYTES = 80 << 20;

  private static final long SLOW_NANOS = 1_000_000_000L;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final Codec codec;
  private final RandomRows rows;
  private final Random random;
  private final RowSchema schema;
  private final Map<String, String> options = new LinkedHashMap<>();
  private final Formats formats;
  private final Map<Integer, Schema> contracts = new LinkedHashMap<>();
  private final RecordDecoder decoder;
  private final RecordDecoder ownDecoder;
  private final RecordEncoder encoder;
  private final StrictWriter target;
  private final StrictWriter readBack;
  private final RowDigest given;
  private final RowDigest returned;
  private final Set<String> names = new HashSet<>();
  private final List<byte[]> records = new ArrayList<>();
  private final List<byte[]> files = new ArrayList<>();
  private final ByteSink out = new ByteSink();

  /** The case of this seed. */
  public CodecCase(Codec codec, long seed) {
    this.codec = codec;
    rows = new RandomRows(seed);
    random = rows.random();
    RandomEvolution evolution =
        codec == Codec.AVRO && random.nextBoolean() ? new RandomEvolution(random.nextLong()) : null;
    formats = new Formats(this::contract);
    if (evolution != null) {
      Schema writer = evolution.writer();
      Schema reader = evolution.reader(writer);
      contracts.put(WRITER, writer);
      contracts.put(READER, reader);
      schema = AvroContracts.rowSchema(reader, List.of());
    } else {
      schema = schema();
    }
    if (codec == Codec.AVRO) {
      contracts.put(
          OWN, AvroContracts.valueSchema(new Name("public", "t"), schema, Optional.empty()));
    }
    chooseOptions();
    int[] all = IntStream.range(0, schema.size()).toArray();
    decoder =
        formats.decoder(codec.format(), options, schema, all, evolution == null ? -1 : READER);
    ownDecoder = formats.decoder(codec.format(), options, schema, all);
    encoder = formats.encoder(codec.format(), options, schema, OWN);
    target = new StrictWriter(schema);
    readBack = new StrictWriter(schema);
    given = new RowDigest(schema, codec == Codec.W3C);
    returned = new RowDigest(schema, false);
    schema.columns().forEach(column -> names.add(column.name()));
    contracts.values().forEach(contract -> addNames(contract, names));
    fillPools(evolution);
  }

  private static void addNames(Schema record, Set<String> names) {
    record.getFields().forEach(field -> names.add(field.name()));
  }

  private Schema contract(int id) {
    Schema contract = contracts.get(id);
    if (contract == null) {
      throw new MillraceException(ErrorCode.CONTRACT_NOT_FOUND, "Cannot find schema " + id);
    }
    return contract;
  }

  private RowSchema schema() {
    if (codec != Codec.RAW) {
      return rows.schema(codec.nests());
    }
    DataType type = random.nextInt(4) == 0 ? DataType.BYTES : DataType.STRING;
    return RowSchema.of(new Column("column_0", type.withNullable(random.nextBoolean())));
  }

  private void chooseOptions() {
    if (codec == Codec.DELIMITED) {
      options.putAll(dialect(random));
      options.put("header", random.nextBoolean() ? "on" : "off");
    } else if (codec == Codec.W3C && random.nextBoolean()) {
      options.put("fields", fields());
    }
  }

  /** Options of the delimited format that go together. */
  public static Map<String, String> dialect(Random random) {
    String delimiter =
        pick(random, ",", ",", ";", "\\t", "|", "||", "::", "a", "0", "é", "\\u0001", " ");
    String quote = pick(random, "\"", "\"", "\"", "'", "", "~", "x");
    String nullText = pick(random, "", "", "NULL", "\\N", "-", "n/a", "0");
    boolean clash =
        nullText.equals(delimiter)
            || !nullText.isEmpty() && !quote.isEmpty() && nullText.contains(quote)
            || nullText.contains(delimiter);
    return Map.of("delimiter", delimiter, "quote", quote, "null", clash ? "" : nullText);
  }

  private static String pick(Random random, String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private String fields() {
    List<String> fields = new ArrayList<>();
    schema.columns().forEach(column -> fields.add(column.name()));
    if (fields.size() > 2 && random.nextInt(3) == 0) {
      for (int i = 0; i < schema.size(); i++) {
        if (schema.column(i).type().nullable()) {
          fields.remove(schema.column(i).name());
          break;
        }
      }
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      fields.add("x-" + i);
    }
    Collections.shuffle(fields, random);
    return String.join(" ", fields);
  }

  private void fillPools(RandomEvolution evolution) {
    try {
      for (int i = 0; i < POOL; i++) {
        byte[] record = evolution == null ? written() : written(evolution);
        if (record != null) {
          records.add(record);
        }
      }
      if (records.isEmpty()) {
        records.add(new byte[0]);
      }
      files.add(file(false));
      files.add(file(true));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A row by our own encoder; null where the format has no way to write it. */
  private byte[] written() {
    out.reset();
    try {
      encoder.encode(new ObjectRow(schema).set(rows.row(schema)), out);
    } catch (MillraceException e) {
      if (e.code() != ErrorCode.ROW_REFUSED) {
        throw e;
      }
      return null;
    }
    return out.toByteArray();
  }

  private byte[] written(RandomEvolution evolution) throws IOException {
    Schema writer = contracts.get(WRITER);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(new byte[] {0, 0, 0, 0, WRITER});
    BinaryEncoder binary = EncoderFactory.get().binaryEncoder(bytes, null);
    new GenericDatumWriter<>(writer).write(evolution.value(writer), binary);
    binary.flush();
    return bytes.toByteArray();
  }

  private byte[] file(boolean other) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    switch (codec) {
      case AVRO -> {
        if (other) {
          return records.get(0);
        }
        container(file);
      }
      case JSON -> {
        String between = other ? ",\n" : "\n";
        file.writeBytes(text(other ? "[" : ""));
        for (int i = 0; i < records.size(); i++) {
          file.writeBytes(i == 0 ? new byte[0] : text(between));
          file.writeBytes(records.get(i));
        }
        file.writeBytes(text(other ? "]" : "\n"));
      }
      default -> {
        String end = other ? "\r\n" : "\n";
        if (codec == Codec.DELIMITED && options.get("header").equals("on")) {
          file.writeBytes(text(header() + end));
        }
        for (int i = 0; i < records.size(); i++) {
          file.writeBytes(records.get(i));
          file.writeBytes(text(end));
          if (codec == Codec.W3C && other && i % 2 == 0) {
            file.writeBytes(text("#Fields: " + fields() + end));
          }
        }
      }
    }
    return file.toByteArray();
  }

  private String header() {
    String delimiter = options.get("delimiter").replace("\\t", "\t").replace("\\u0001", "\1");
    return String.join(delimiter, schema.columns().stream().map(Column::name).toList());
  }

  private void container(ByteArrayOutputStream file) throws IOException {
    Schema writer = contracts.get(contracts.containsKey(WRITER) ? WRITER : OWN);
    try (DataFileWriter<Object> container = new DataFileWriter<>(new GenericDatumWriter<>())) {
      container.setSyncInterval(64);
      container.create(writer, file, new byte[16]);
      for (byte[] record : records) {
        container.appendEncoded(ByteBuffer.wrap(record, 5, record.length - 5));
      }
    }
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Good records of this case, to be changed into hostile ones. */
  public List<byte[]> records() {
    return List.copyOf(records);
  }

  /** Good files of this case. */
  public List<byte[]> files() {
    return List.copyOf(files);
  }

  /** The case in words: what a report needs for the failure to be repeated by hand. */
  @Override
  public String toString() {
    return codec.format() + " " + options + " " + schema.columns() + " " + contracts.values();
  }

  /** Tries {@code bytes[0, length)} as a record. */
  public Fate record(byte[] bytes, int length) {
    // Padded, so that offsets are not mistaken for positions nor the array's end for the record's.
    byte[] padded = new byte[PADDING + length + PADDING];
    Arrays.fill(padded, (byte) '1');
    System.arraycopy(bytes, 0, padded, PADDING, length);
    Attempt again = () -> decoder.decode(padded, PADDING, length, target);
    long abandoned = target.abandoned();
    long allocated = THREADS.getCurrentThreadAllocatedBytes();
    long started = System.nanoTime();
    int written;
    try {
      written = decoder.decode(padded, PADDING, length, target);
    } catch (DecodeException e) {
      require(target.isIdle(), "the refused row is still open");
      require(target.abandoned() <= abandoned + 1, "the refused row was abandoned twice");
      bounded(allocated, started, length, 0, again);
      requireTelling(e, length);
      return Fate.REFUSED;
    }
    require(target.isIdle(), "the row is still open");
    bounded(allocated, started, length, 0, again);
    if (written == 0) {
      require(target.abandoned() == abandoned, "a record without a row abandoned one");
      return Fate.SKIPPED;
    }
    require(written == 1, "one record gave several rows");
    requireReadBack(target.row(), false);
    return Fate.ACCEPTED;
  }

  /** Tries {@code bytes[0, length)} as a file; answers how many rows it gave. */
  public int file(byte[] bytes, int length) {
    byte[] file = Arrays.copyOf(bytes, length);
    long before = target.rows();
    Fates fates = new Fates();
    long allocated = THREADS.getCurrentThreadAllocatedBytes();
    long started = System.nanoTime();
    read(file, fates);
    require(target.isIdle(), "a row is still open");
    require(target.rows() - before == fates.accepted, "rows were written that nobody heard of");
    bounded(
        allocated,
        started,
        length,
        FILE_BYTES,
        () -> {
          read(file, new Fates());
        });
    return fates.accepted;
  }

  private void read(byte[] file, Fates fates) {
    try {
      formats.fileDecoder(codec.format(), options, schema).decode(inPieces(file), target, fates);
    } catch (MillraceException e) {
      if (e.code() != ErrorCode.ROW_REFUSED) {
        throw new AssertionError("the file is refused with another code", e);
      }
    } catch (IOException e) {
      throw new AssertionError("reading bytes in memory failed", e);
    }
  }

  /** A few bytes at a time, so that rows straddle what is read at once. */
  private static InputStream inPieces(byte[] bytes) {
    return new ByteArrayInputStream(bytes) {
      @Override
      public synchronized int read(byte[] to, int offset, int length) {
        return super.read(to, offset, Math.min(length, 37));
      }
    };
  }

  private final class Fates implements FileDecoder.FileRows {
    int accepted;
    private long last;

    @Override
    public void accepted(long row) {
      hear(row);
      accepted++;
      requireReadBack(target.row(), true);
    }

    @Override
    public void refused(long row, byte[] bytes, DecodeException why) {
      hear(row);
      require(target.isIdle(), "the refused row is still open");
      require(!why.reason().isBlank(), "refused without a reason");
    }

    private void hear(long row) {
      if (row < Math.max(1, last)) {
        throw new AssertionError("row " + row + " after row " + last);
      }
      last = row;
    }
  }

  @FunctionalInterface
  private interface Attempt {
    void run() throws DecodeException;
  }

  /**
   * Checks memory and time since they were taken. Who takes too much has a second chance, since
   * classes may have been loaded, and others use the machine too.
   */
  private void bounded(
      long allocatedBefore, long started, int length, long allowance, Attempt second) {
    long nanos = System.nanoTime() - started;
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore;
    long most =
        allowance + (codec == Codec.AVRO ? AVRO_BYTES : OTHER_BYTES) + BYTES_PER_BYTE * length;
    if (allocated <= most && nanos <= SLOW_NANOS) {
      return;
    }
    long allocatedAgain = THREADS.getCurrentThreadAllocatedBytes();
    long startedAgain = System.nanoTime();
    try {
      second.run();
    } catch (DecodeException e) {
      require(target.isIdle(), "the row refused again is still open");
    }
    nanos = System.nanoTime() - startedAgain;
    allocated = THREADS.getCurrentThreadAllocatedBytes() - allocatedAgain;
    if (allocated > most) {
      throw new AssertionError(allocated + " bytes allocated for an input of " + length);
    }
    if (nanos > SLOW_NANOS) {
      throw new AssertionError(nanos / 1_000_000 + " ms for an input of " + length + " bytes");
    }
  }

  private void requireTelling(DecodeException e, int length) {
    require(!e.reason().isBlank(), "refused without a reason");
    if (e.position() < 0 || e.position() > length) {
      throw new AssertionError("a place that is none of " + length + ": " + e.getMessage());
    }
    int dot = e.field().indexOf('.');
    String column = dot < 0 ? e.field() : e.field().substring(0, dot);
    if (!column.isEmpty() && !names.contains(column)) {
      throw new AssertionError("no such column: " + e.getMessage());
    }
  }

  private void requireReadBack(RowReader row, boolean fromFile) {
    long digest = given.of(row);
    out.reset();
    try {
      encoder.encode(row, out);
      int read = ownDecoder.decode(out.array(), 0, out.length(), readBack);
      require(read == 1, "the row that was accepted is written as no row");
    } catch (MillraceException e) {
      // Without a quote there are values that have no text, and a file of lines brings its own
      // fields.
      boolean declared = "".equals(options.get("quote")) || fromFile && codec == Codec.W3C;
      if (e.code() != ErrorCode.ROW_REFUSED || !declared) {
        throw new AssertionError("the row that was accepted is not written", e);
      }
      return;
    } catch (DecodeException e) {
      throw new AssertionError("the row that was accepted is not read back: " + e.getMessage(), e);
    }
    require(
        returned.of(readBack.row()) == digest, "the row that was accepted is read back as another");
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
