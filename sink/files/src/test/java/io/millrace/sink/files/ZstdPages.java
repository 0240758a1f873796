package io.millrace.sink.files;

import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/** Lets Parquet's reader unpack pages without Hadoop's codecs, which the class path has not. */
final class ZstdPages implements CompressionCodecFactory {
  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
    if (codec != CompressionCodecName.ZSTD) {
      throw new IllegalArgumentException("The default is ZSTD, not " + codec);
    }
    return new BytesInputDecompressor() {
      @Override
      public BytesInput decompress(BytesInput page, int unpackedSize) throws IOException {
        return BytesInput.from(Zstd.decompress(page.toByteArray(), unpackedSize));
      }

      @Override
      public void decompress(ByteBuffer page, int size, ByteBuffer unpacked, int unpackedSize) {
        throw new UnsupportedOperationException("Only whole pages are read here");
      }

      @Override
      public void release() {}
    };
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName codec) {
    throw new UnsupportedOperationException("Only reads");
  }

  @Override
  public void release() {}
}
