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
import java.io.IOException;
import java.io.UncheckedIOException;
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

  private final FileLayout layout;
  private final Staging staging;
  private final WriterContext context;
  private final Partitioning partitioning;
  private final RowLog row;

  private int partition;
  private long offset;
  private int rowOfRecord;

  /** By folder; the one whose turn was longest ago comes first. */
  private final Map<String, OpenFile> open = new LinkedHashMap<>(16, 0.75f, true);

  private final List<WholeFile> closed = new ArrayList<>();
  private OpenFile last;
  private int rowsSinceCheck;
  private long bytesSinceCheck;

  private record OpenFile(String folder, FileOutput output, ParquetFile parquet) {
    long held() {
      return parquet.gathered() + output.held();
    }
  }

  ParquetFilesWriter(FileLayout layout, Staging staging, WriterContext context) throws IOException {
    this.layout = layout;
    this.staging = staging;
    this.context = context;
    this.partitioning =
        layout.partitionBy().isEmpty()
            ? null
            : Partitioning.parse(layout.partitionBy(), layout.schema());
    this.row = new RowLog(layout.schema(), this::write);
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
    this.partition = partition;
    this.offset = offset;
    this.rowOfRecord = 0;
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
      rowOfRecord++;
      rowsSinceCheck++;
      bytesSinceCheck += row.bytes();
      if (last.parquet().rows() >= layout.limits().maxRows()) {
        finish(last);
      }
      if (rowsSinceCheck >= ROWS_BETWEEN_CHECKS
          || bytesSinceCheck >= layout.limits().memory() / CHECKS_PER_MEMORY) {
        keepWithinLimits();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private OpenFile open(String folder) throws IOException {
    if (open.size() >= MAX_OPEN) {
      finish(open.values().iterator().next());
    } else if (open.size() * bytesWhenEmpty() > layout.limits().memory() / CHECKS_PER_MEMORY) {
      keepWithinLimits(); // many small partitions: the files themselves are what fills the memory
    }
    FileOutput output =
        staging.open(context, folder, new RowPosition(partition, offset, rowOfRecord));
    ParquetFile parquet =
        new ParquetFile(
            output,
            layout.schema(),
            layout.compression(),
            Math.max(1 << 20, Math.min(layout.limits().maxBytes(), layout.limits().memory() / 2)));
    OpenFile file = new OpenFile(folder, output, parquet);
    open.put(folder, file);
    return file;
  }

  private void keepWithinLimits() throws IOException {
    rowsSinceCheck = 0;
    bytesSinceCheck = 0;
    for (OpenFile file : List.copyOf(open.values())) {
      if (file.parquet().bytes() >= layout.limits().maxBytes()) {
        finish(file);
      }
    }
    while (held() > layout.limits().memory()
        && (open.size() > 1 || held() - bytesWhenEmpty() > layout.limits().memory())) {
      finish(open.values().stream().max(Comparator.comparingLong(OpenFile::held)).orElseThrow());
    }
  }

  /** Bytes in memory over all open files. */
  long held() {
    return open.values().stream().mapToLong(OpenFile::held).sum() + open.size() * bytesWhenEmpty();
  }

  private long bytesWhenEmpty() {
    return BYTES_OF_A_COLUMN * layout.schema().size();
  }

  private void finish(OpenFile file) throws IOException {
    file.parquet().close();
    open.remove(file.folder());
    closed.add(new WholeFile(file.folder(), file.output(), file.parquet().rows()));
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
    List<Staged> staged = staging.stage(context, epoch, closed, next);
    closed.clear();
    return staged;
  }

  /**
   * What was not staged is given up: no checkpoint knows of it. After one file that cannot be given
   * up, the others are left to the sweep of the next submission, so that a place that does not
   * answer is not waited for again and again.
   */
  @Override
  public void close() throws IOException {
    IOException failure = null;
    List<FileOutput> outputs = new ArrayList<>(closed.stream().map(WholeFile::output).toList());
    open.values().forEach(file -> outputs.add(file.output()));
    try (staging) {
      for (FileOutput output : outputs) {
        output.abandon();
      }
    } catch (IOException e) {
      failure = e;
    }
    for (OpenFile file : open.values()) {
      try {
        file.parquet().abandon();
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
}
