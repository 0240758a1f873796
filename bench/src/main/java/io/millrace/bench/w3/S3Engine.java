package io.millrace.bench.w3;

import io.millrace.bench.SparkJvm;
import io.millrace.bench.race.Engine;
import io.millrace.bench.race.EngineJvm;
import io.millrace.bench.race.Place;
import io.millrace.testserver.s3.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import software.amazon.awssdk.services.s3.S3Client;

/** The engines that write into a bucket, in the order of the report. */
enum S3Engine implements Engine {
  MILLRACE {
    @Override
    public AutoCloseable start(Place place) {
      return MillraceSink.start(
          place,
          "s3",
          Map.of(
              "path",
              "s3://" + S3Store.BUCKET + "/" + place.output(),
              "endpoint",
              place.store(),
              "path-style",
              "on",
              "access-key-id",
              S3Server.ACCESS_KEY_ID,
              "secret-access-key",
              "${file:" + S3Store.secretFile(place) + "}"));
    }
  },
  FLINK {
    @Override
    public AutoCloseable start(Place place) throws IOException {
      FlinkS3.open(place);
      return FlinkFiles.start(place, "s3://" + S3Store.BUCKET + "/" + place.output());
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
    public AutoCloseable start(Place place) throws IOException {
      Files.createDirectories(W3.files(place));
      S3Client client = S3Store.client(place);
      return BareFiles.start(
          place,
          CompressionCodecName.ZSTD,
          (hidden, name) -> {
            client.putObject(
                put -> put.bucket(S3Store.BUCKET).key(place.output() + "/" + name), hidden);
            Files.delete(hidden);
          });
    }
  }
}
