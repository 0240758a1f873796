package io.millrace.bench.w3;

import io.millrace.bench.SparkJvm;
import io.millrace.bench.race.Engine;
import io.millrace.bench.race.EngineJvm;
import io.millrace.bench.race.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/** The engines that write into a folder, in the order of the report. */
enum FilesEngine implements Engine {
  MILLRACE {
    @Override
    public AutoCloseable start(Place place) {
      return MillraceSink.start(place, "parquet", Map.of("path", W3.files(place).toString()));
    }
  },
  FLINK {
    @Override
    public AutoCloseable start(Place place) {
      return FlinkFiles.start(place, W3.files(place).toUri().toString());
    }
  },
  SPARK {
    @Override
    public EngineJvm jvm() throws IOException {
      return SparkJvm.find("spark.classpath", "io.millrace.bench.spark.SparkFiles");
    }

    @Override
    public AutoCloseable start(Place place) {
      throw new UnsupportedOperationException("Spark has a main class of its own");
    }
  },
  BARE {
    @Override
    public AutoCloseable start(Place place) {
      return BareFiles.start(
          place,
          CompressionCodecName.ZSTD,
          (hidden, name) -> Files.move(hidden, hidden.resolveSibling(name)));
    }
  }
}
