package io.millrace.sink.files;

import io.millrace.model.Positions;
import io.millrace.model.RowKind;
import io.millrace.model.RowWriter;
import io.millrace.sink.EpochId;
import io.millrace.sink.Staged;
import io.millrace.sink.StagedWriter;
import io.millrace.sink.WriterContext;
import io.millrace.sink.parquet.ParquetFile;
import io.millrace.sink.parquet.RowLog;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Writes rows into one open file for each partition. A file is closed when it is full, at a
 * checkpoint, or to keep within memory.
 */
final class ParquetFilesWriter implements StagedWriter {
  /** How often sizes are looked at, in rows: a row is small against the limits. */
  private static final int ROWS_BETWEEN_CHECKS = 1000;

  /** Columns of an open file hold pages even when they are nearly empty. */
  private static final long BYTES_OF_A_COLUMN = 16 << 10;

  private final ParquetSink sink;
  private final Staging staging;
  private final WriterContext context;
  private final String writer = UUID.randomUUID().toString().substring(0, 8);
  private final Partitioning partitioning;
  private final RowLog row;
  private final Map<String, OpenFile> open = new HashMap<>();
  private final List<OpenFile> closed = new ArrayList<>();
  private OpenFile last;
  private int opened;
  private int rowsSinceCheck;

  private record OpenFile(String folder, Path staged, ParquetFile parquet) {}

  ParquetFilesWriter(ParquetSink sink, Staging staging, WriterContext context) throws IOException {
    this.sink = sink;
    this.staging = staging;
    this.context = context;
    this.partitioning =
        sink.partitionBy().isEmpty() ? null : Partitioning.parse(sink.partitionBy(), sink.schema());
    this.row = new RowLog(sink.schema().size(), this::write);
    staging.begin(context.epoch());
  }

  @Override
  public RowWriter rows() {
    return row;
  }

  @Override
  public void next(int partition, long offset, RowKind kind) {
    if (kind == RowKind.DELETE) {
      throw new IllegalArgumentException("Files cannot delete rows");
    }
  }

  private void write() {
    try {
      String folder = partitioning == null ? "" : partitioning.folder(row);
      if (last == null || !last.folder().equals(folder)) {
        last = open.get(folder);
        if (last == null) {
          last = open(folder);
        }
      }
      last.parquet().write(row);
      if (last.parquet().rows() >= sink.limits().maxRows()) {
        finish(last);
      }
      if (++rowsSinceCheck >= ROWS_BETWEEN_CHECKS) {
        rowsSinceCheck = 0;
        keepWithinLimits();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private OpenFile open(String folder) throws IOException {
    Path staged =
        staging.file(
            context.epoch() + "-" + context.subtask() + "-" + writer + "-" + opened++ + ".staged");
    FileChannel channel =
        FileChannel.open(staged, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    ParquetFile parquet =
        new ParquetFile(
            new DurableStream(channel),
            sink.schema(),
            sink.compression(),
            Math.max(1 << 20, Math.min(sink.limits().maxBytes(), sink.limits().memory())));
    OpenFile file = new OpenFile(folder, staged, parquet);
    open.put(folder, file);
    if (open.size() % 16 == 0) {
      keepWithinLimits(); // many small partitions: an open file takes memory of its own
    }
    return file;
  }

  private void keepWithinLimits() throws IOException {
    for (OpenFile file : List.copyOf(open.values())) {
      if (file.parquet().bytes() >= sink.limits().maxBytes()) {
        finish(file);
      }
    }
    while (open.size() > 1 && held() > sink.limits().memory()) {
      finish(
          open.values().stream()
              .max(Comparator.comparingLong(f -> f.parquet().bytes()))
              .orElseThrow());
    }
  }

  private long held() {
    return open.values().stream().mapToLong(f -> f.parquet().bytes()).sum()
        + open.size() * BYTES_OF_A_COLUMN * sink.schema().size();
  }

  private void finish(OpenFile file) throws IOException {
    file.parquet().close();
    open.remove(file.folder());
    closed.add(file);
    last = null;
  }

  @Override
  public List<Staged> stage(EpochId epoch, Positions next) throws IOException {
    staging.check(context.epoch());
    for (OpenFile file : List.copyOf(open.values())) {
      finish(file);
    }
    List<Staged> staged = new ArrayList<>();
    for (int i = 0; i < closed.size(); i++) {
      OpenFile file = closed.get(i);
      String name =
          String.format(
              "part-%05d-%08d-%03d-%04d.parquet",
              epoch.epoch(), epoch.checkpoint(), context.subtask(), i);
      staged.add(
          new StagedFile(
                  context.epoch(),
                  staging.relative(file.staged()),
                  file.folder().isEmpty() ? name : file.folder() + "/" + name,
                  file.parquet().rows())
              .encode());
    }
    closed.clear();
    return staged;
  }

  /** What was not staged is given up: no checkpoint knows of it. */
  @Override
  public void close() throws IOException {
    List<OpenFile> given = new ArrayList<>(open.values());
    given.addAll(closed);
    for (OpenFile file : open.values()) {
      file.parquet().close();
    }
    for (OpenFile file : given) {
      Files.deleteIfExists(file.staged());
    }
  }

  /** Bytes that are on the disk when the stream is closed. */
  private static final class DurableStream extends BufferedOutputStream {
    private final FileChannel channel;

    DurableStream(FileChannel channel) {
      super(Channels.newOutputStream(channel), 1 << 16);
      this.channel = channel;
    }

    @Override
    public void close() throws IOException {
      if (channel.isOpen()) {
        flush();
        channel.force(true);
        super.close();
      }
    }
  }
}
