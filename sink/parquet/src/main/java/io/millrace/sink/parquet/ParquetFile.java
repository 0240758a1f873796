package io.millrace.sink.parquet;

import io.millrace.model.RowSchema;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;

/**
 * One Parquet file on its way to a stream of bytes. {@link #close()} writes the footer and closes
 * the stream. Not thread-safe.
 */
public final class ParquetFile implements AutoCloseable {
  private static final int PAGE_BYTES = 1 << 20;

  private final StreamFile file;
  private final ParquetWriter<RowLog> writer;
  private long rows;

  /**
   * @param rowGroupBytes how much is gathered in memory before it is written out
   */
  public ParquetFile(
      OutputStream out, RowSchema schema, Compression compression, long rowGroupBytes)
      throws IOException {
    this.file = new StreamFile(out);
    this.writer =
        new Builder(file, schema)
            .withConf(new PlainParquetConfiguration())
            .withCodecFactory(new PageCompression())
            .withCompressionCodec(compression.codec())
            .withRowGroupSize(rowGroupBytes)
            .withPageSize(PAGE_BYTES)
            .build();
  }

  /** Writes the row that the log holds; only rows that {@link RowLog#endRow()} let pass. */
  public void write(RowLog row) throws IOException {
    writer.write(row);
    rows++;
  }

  public long rows() {
    return rows;
  }

  /** Bytes written and gathered so far; what is gathered counts before compression. */
  public long bytes() {
    return writer.getDataSize();
  }

  /** Of {@link #bytes}, those that are still in memory. */
  public long gathered() {
    return writer.getDataSize() - file.position;
  }

  /** Closes the stream without a footer: what was written is to be thrown away. */
  public void abandon() throws IOException {
    file.discarding = true;
    close();
  }

  /** Safe to repeat. */
  @Override
  public void close() throws IOException {
    writer.close();
  }

  private static final class Builder extends ParquetWriter.Builder<RowLog, Builder> {
    private final RowSchema schema;

    Builder(OutputFile file, RowSchema schema) {
      super(file);
      this.schema = schema;
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    protected WriteSupport<RowLog> getWriteSupport(ParquetConfiguration configuration) {
      return new RowRecorder(schema);
    }

    @Override
    protected WriteSupport<RowLog> getWriteSupport(
        org.apache.hadoop.conf.Configuration configuration) {
      return new RowRecorder(schema);
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
