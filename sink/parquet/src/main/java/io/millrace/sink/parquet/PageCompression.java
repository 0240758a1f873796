package io.millrace.sink.parquet;

import com.github.luben.zstd.Zstd;
import java.io.IOException;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.xerial.snappy.Snappy;

/**
 * Compresses pages by the libraries themselves: Parquet's own factory goes through Hadoop's codecs
 * and its configuration, and keeps native memory for each open file. Holds nothing between pages.
 */
final class PageCompression implements CompressionCodecFactory {
  private static final int ZSTD_LEVEL = 3;

  /** Packs a whole page. */
  private interface Packer {
    BytesInput pack(byte[] page) throws IOException;
  }

  private record Compressor(CompressionCodecName codec, Packer packer)
      implements BytesInputCompressor {
    @Override
    public BytesInput compress(BytesInput page) throws IOException {
      return packer.pack(page.toByteArray());
    }

    @Override
    public CompressionCodecName getCodecName() {
      return codec;
    }

    @Override
    public void release() {}
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName codec) {
    return switch (codec) {
      case ZSTD -> new Compressor(codec, page -> BytesInput.from(Zstd.compress(page, ZSTD_LEVEL)));
      case SNAPPY -> new Compressor(codec, page -> BytesInput.from(Snappy.compress(page)));
      case UNCOMPRESSED -> new Compressor(codec, BytesInput::from);
      default -> throw new IllegalArgumentException("No sink writes " + codec);
    };
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
    throw new UnsupportedOperationException("Sinks only write");
  }

  @Override
  public void release() {}
}
