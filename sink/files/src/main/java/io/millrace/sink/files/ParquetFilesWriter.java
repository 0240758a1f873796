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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes rows into one open file for each partition. A file is closed when it is full, at a
 * checkpoint, or early to keep within memory and within {@link #MAX_OPEN} files: then the partition
 * has one file more. Used by one thread; nothing is allocated per field but what Parquet needs.
 */
final class ParquetFilesWriter implements StagedWriter {
  /** Open files of one writer: each takes a file handle and a buffer. */
  static final int MAX_OPEN = 256;

  /** How often sizes are looked at: after so many rows, or sooner after a part of the memory. */
  private static final int ROWS_BETWEEN_CHECKS = 1000;

  private static final int CHECKS_PER_MEMORY = 16;

  /** Columns of an open file hold pages even when they are nearly empty. */
  private static final long BYTES_OF_A_COLUMN = 16 << 10;

  private static final int BUFFER_BYTES = 1 << 16;

  private final ParquetSink sink;
  private final Staging staging;
  private final WriterContext context;
  private final Partitioning partitioning;
  private final RowLog row;

  /** By folder; the one whose turn was longest ago comes first. */
  private final Map<String, OpenFile> open = new LinkedHashMap<>(16, 0.75f, true);

  private final List<ClosedFile> closed = new ArrayList<>();
  private OpenFile last;
  private int rowsSinceCheck;
  private long bytesSinceCheck;

  private record OpenFile(String folder, Path path, ParquetFile parquet) {}

  /** Without the {@link ParquetFile}, which holds on to its columns' memory when it is closed. */
  private record ClosedFile(String folder, Path path, long rows) {}

  ParquetFilesWriter(ParquetSink sink, Staging staging, WriterContext context) throws IOException {
    this.sink = sink;
    this.staging = staging;
    this.context = context;
    this.partitioning =
        sink.partitionBy().isEmpty() ? null : Partitioning.parse(sink.partitionBy(), sink.schema());
    this.row = new RowLog(sink.schema(), this::write);
    staging.begin(context);
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
      rowsSinceCheck++;
      bytesSinceCheck += row.bytes();
      if (last.parquet().rows() >= sink.limits().maxRows()) {
        finish(last);
      }
      if (rowsSinceCheck >= ROWS_BETWEEN_CHECKS
          || bytesSinceCheck >= sink.limits().memory() / CHECKS_PER_MEMORY) {
        keepWithinLimits();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private OpenFile open(String folder) throws IOException {
    if (open.size() >= MAX_OPEN) {
      finish(open.values().iterator().next());
    } else if (open.size() * bytesWhenEmpty() > sink.limits().memory() / CHECKS_PER_MEMORY) {
      keepWithinLimits(); // many small partitions: the files themselves are what fills the memory
    }
    Path path = staging.open(context);
    FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    ParquetFile parquet =
        new ParquetFile(
            new DurableStream(channel),
            sink.schema(),
            sink.compression(),
            Math.max(1 << 20, Math.min(sink.limits().maxBytes(), sink.limits().memory() / 2)));
    OpenFile file = new OpenFile(folder, path, parquet);
    open.put(folder, file);
    return file;
  }

  private void keepWithinLimits() throws IOException {
    rowsSinceCheck = 0;
    bytesSinceCheck = 0;
    for (OpenFile file : List.copyOf(open.values())) {
      if (file.parquet().bytes() >= sink.limits().maxBytes()) {
        finish(file);
      }
    }
    while (held() > sink.limits().memory()
        && (open.size() > 1 || held() - bytesWhenEmpty() > sink.limits().memory())) {
      finish(
          open.values().stream()
              .max(Comparator.comparingLong(f -> f.parquet().gathered()))
              .orElseThrow());
    }
  }

  private long held() {
    return open.values().stream().mapToLong(f -> f.parquet().gathered()).sum()
        + open.size() * bytesWhenEmpty();
  }

  private long bytesWhenEmpty() {
    return BUFFER_BYTES + BYTES_OF_A_COLUMN * sink.schema().size();
  }

  private void finish(OpenFile file) throws IOException {
    file.parquet().close();
    open.remove(file.folder());
    closed.add(new ClosedFile(file.folder(), file.path(), file.parquet().rows()));
    if (last == file) {
      last = null;
    }
  }

  @Override
  public List<Staged> stage(EpochId epoch, Positions next) throws IOException {
    staging.check(context.epoch());
    for (OpenFile file : List.copyOf(open.values())) {
      finish(file);
    }
    if (closed.isEmpty()) {
      return List.of();
    }
    List<Staged> staged = new ArrayList<>();
    for (ClosedFile file : closed) {
      int number = staged.size();
      String name =
          String.format(
              "part-%s-%05d-%08d-%03d-%04d.parquet",
              sink.fileName(), epoch.epoch(), epoch.checkpoint(), context.subtask(), number);
      staged.add(
          new StagedFile(
                  epoch.epoch(),
                  staging.stage(file.path(), epoch, context.subtask(), number),
                  file.folder().isEmpty() ? name : file.folder() + "/" + name,
                  file.rows())
              .encode());
    }
    closed.clear();
    staging.force();
    return staged;
  }

  /** What was not staged is given up: no checkpoint knows of it. */
  @Override
  public void close() throws IOException {
    IOException failure = null;
    List<Path> given = new ArrayList<>(closed.stream().map(ClosedFile::path).toList());
    for (OpenFile file : open.values()) {
      given.add(file.path());
      try {
        file.parquet().abandon();
      } catch (IOException e) {
        failure = and(failure, e);
      }
    }
    for (Path path : given) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        failure = and(failure, e);
      }
    }
    open.clear();
    closed.clear();
    if (failure != null) {
      throw failure;
    }
  }

  private static IOException and(IOException first, IOException next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }

  /** Bytes that are on the disk when the stream is closed. */
  private static final class DurableStream extends BufferedOutputStream {
    private final FileChannel channel;

    DurableStream(FileChannel channel) {
      super(Channels.newOutputStream(channel), BUFFER_BYTES);
      this.channel = channel;
    }

    @Override
    public void close() throws IOException {
      if (channel.isOpen()) {
        try (channel) {
          flush();
          channel.force(true);
        }
      }
    }
  }
}
