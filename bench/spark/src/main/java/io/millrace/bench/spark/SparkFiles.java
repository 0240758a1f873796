package io.millrace.bench.spark;

import static org.apache.spark.sql.avro.functions.from_avro;
import static org.apache.spark.sql.functions.expr;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;

/**
 * The process of Spark in W3: Structured Streaming from its {@code kafka} source by {@code
 * from_avro} into its Parquet sink, whose log of files makes it exactly once. The five bytes before
 * each record, Confluent's framing, are cut off, as Spark does not know them.
 */
public final class SparkFiles {
  private static final String INTERVAL = "2 seconds";

  private SparkFiles() {}

  /**
   * Arguments: two that are for other engines, Kafka, registry, input, name of the folder of files,
   * own folder, URL of S3 or nothing. Answers {@code ready} and runs until its input ends.
   */
  public static void main(String[] arguments) throws Exception {
    String kafka = arguments[2];
    String registry = arguments[3];
    String input = arguments[4];
    Path folder = Path.of(arguments[6]);
    String s3 = arguments[7];
    Path store = folder.resolveSibling("store");
    String files =
        s3.isEmpty() ? folder.resolve(arguments[5]).toString() : "s3a://bench/" + arguments[5];
    SparkSession.Builder builder = SparkSession.builder();
    if (!s3.isEmpty()) {
      builder
          .config("spark.hadoop.fs.s3a.endpoint", s3)
          .config("spark.hadoop.fs.s3a.endpoint.region", "us-east-1")
          .config("spark.hadoop.fs.s3a.path.style.access", "true")
          .config(
              "spark.hadoop.fs.s3a.access.key", Files.readString(store.resolve("access-key-id")))
          .config(
              "spark.hadoop.fs.s3a.secret.key",
              Files.readString(store.resolve("secret-access-key")));
    }
    SparkSession spark =
        builder
            .master("local[2]")
            .appName("W3")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.local.dir", folder.resolve("local").toString())
            .getOrCreate();
    StreamingQuery query =
        spark
            .readStream()
            .format("kafka")
            .option("kafka.bootstrap.servers", kafka)
            .option("kafka.isolation.level", "read_committed")
            .option("subscribe", input)
            .option("startingOffsets", "earliest")
            .load()
            .select(from_avro(expr("substring(value, 6)"), contract(registry, input)).as("web_log"))
            .select("web_log.*")
            .writeStream()
            .format("parquet")
            .option("compression", "zstd")
            .option("path", files)
            .option("checkpointLocation", folder.resolve("checkpoints").toString())
            .trigger(Trigger.ProcessingTime(INTERVAL))
            .start();
    new Thread(() -> haltOnFailure(query), "watch").start();
    System.out.println("ready");
    while (System.in.read() >= 0) {
      // Nothing is asked of it.
    }
    Runtime.getRuntime().halt(0);
  }

  private static void haltOnFailure(StreamingQuery query) {
    try {
      query.awaitTermination();
    } catch (Exception e) {
      e.printStackTrace();
    }
    Runtime.getRuntime().halt(1);
  }

  private static String contract(String registry, String topic)
      throws IOException, InterruptedException {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create(registry + "/subjects/" + topic + "-value/versions/latest"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException("Cannot read the contract of " + topic + ": " + answer.body());
    }
    return new ObjectMapper().readTree(answer.body()).get("schema").asText();
  }
}
