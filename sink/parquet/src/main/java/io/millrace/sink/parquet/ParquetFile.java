package io.millrace.sink.parquet;

import io.millrace.model.RowSchema;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor;
import org.apache.parquet.crypto.FileEncryptionProperties;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.schema.MessageType;

/**
 * One Parquet file on its way to a stream of bytes. {@link #close()} writes the footer and closes
 * the stream. Not thread-safe.
 */
public final class ParquetFile implements AutoCloseable {
  private static final int PAGE_BYTES = 1 << 20;

  private static final int NO_PADDING = 0;

  /** Bytes of rows between two looks at how much is gathered, which takes a look at each column. */
  private static final int LOOK_BYTES = PAGE_BYTES / 4;

  private final StreamFile file;
  private final MessageType message;
  private final ParquetProperties properties;
  private final BytesInputCompressor compressor;
  private final long rowGroupBytes;
  private final ParquetFileWriter writer;
  private final RowRecorder recorder;
  private ColumnChunkPageWriteStore pages;
  private long groupRows;
  private long unseenBytes;
  private long rows;
  private boolean broken;
  private boolean closed;

  /**
   * @param rowGroupBytes how much is gathered in memory before it is written out
   */
  public ParquetFile(
      OutputStream out, RowSchema schema, Compression compression, long rowGroupBytes)
      throws IOException {
    this.file = new StreamFile(out);
    this.message = ParquetSchemas.message(schema);
    this.properties = ParquetProperties.builder().withPageSize(PAGE_BYTES).build();
    this.compressor = new PageCompression().getCompressor(compression.codec());
    this.rowGroupBytes = rowGroupBytes;
    this.writer =
        new ParquetFileWriter(
            file,
            message,
            ParquetFileWriter.Mode.CREATE,
            rowGroupBytes,
            NO_PADDING,
            (FileEncryptionProperties) null,
            properties);
    this.recorder = new RowRecorder(schema, message, properties);
    writer.start();
    beginRowGroup();
  }

  private void beginRowGroup() {
    pages =
        new ColumnChunkPageWriteStore(
            compressor,
            message,
            properties.getAllocator(),
            properties.getColumnIndexTruncateLength(),
            properties.getPageWriteChecksumEnabled());
    for (Leaf column : recorder.leaves()) {
      column.beginRowGroup(pages.getPageWriter(column.column()));
    }
    groupRows = 0;
    unseenBytes = 0;
  }

  private void endRowGroup() throws IOException {
    for (Leaf column : recorder.leaves()) {
      column.endRowGroup();
    }
    if (groupRows > 0) {
      writer.startBlock(groupRows);
      pages.flushToFileWriter(writer);
      writer.endBlock();
    }
    pages.close();
  }

  /**
   * Writes the row that the log holds; only rows that {@link RowLog#endRow()} let pass. Where that
   * fails the file is good for nothing but {@link #abandon()}.
   */
  public void write(RowLog row) throws IOException {
    if (broken) {
      throw new IOException("Cannot go on with a file that could not be written to");
    }
    broken = true;
    add(row);
    broken = false;
  }

  private void add(RowLog row) throws IOException {
    recorder.write(row);
    rows++;
    groupRows++;
    unseenBytes += row.bytes();
    if (unseenBytes >= LOOK_BYTES) {
      unseenBytes = 0;
      for (Leaf column : recorder.leaves()) {
        column.endFullPage();
      }
      if (gathered() >= rowGroupBytes) {
        endRowGroup();
        beginRowGroup();
      }
    }
  }

  public long rows() {
    return rows;
  }

  /** Bytes written and gathered so far; what is gathered counts before compression. */
  public long bytes() {
    return file.position + gathered();
  }

  /** Of {@link #bytes}, those that are still in memory. */
  public long gathered() {
    long gathered = 0;
    for (int i = 0; !closed && i < recorder.leaves().size(); i++) {
      gathered += recorder.leaves().get(i).gathered();
    }
    return gathered;
  }

  /** Closes the stream without a footer: what was written is to be thrown away. */
  public void abandon() throws IOException {
    broken = true;
    close();
  }

  /** Without a footer where a write has failed. Safe to repeat. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (writer) {
      if (broken) {
        file.discarding = true;
        pages.close();
        return;
      }
      endRowGroup();
      writer.end(Map.of());
    } finally {
      recorder.leaves().forEach(Leaf::close);
    }
  }

  /** A stream of bytes as Parquet wants it. */
  private static final class StreamFile implements OutputFile {
    private final OutputStream out;
    private boolean discarding;
    private long position;

    StreamFile(OutputStream out) {
      this.out = out;
    }

    @Override
    public PositionOutputStream create(long blockSizeHint) {
      return new PositionOutputStream() {
        @Override
        public long getPos() {
          return position;
        }

        @Override
        public void write(int b) throws IOException {
          if (!discarding) {
            out.write(b);
          }
          position++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
          if (!discarding) {
            out.write(bytes, offset, length);
          }
          position += length;
        }

        @Override
        public void flush() throws IOException {
          if (!discarding) {
            out.flush();
          }
        }

        @Override
        public void close() throws IOException {
          out.close();
        }
      };
    }

    @Override
    public PositionOutputStream createOrOverwrite(long blockSizeHint) {
      return create(blockSizeHint);
    }

    @Override
    public boolean supportsBlockSize() {
      return false;
    }

    @Override
    public long defaultBlockSize() {
      return 0;
    }
  }
}
