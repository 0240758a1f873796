package io.millrace.bench.sparkread;

import static org.apache.spark.sql.avro.functions.from_avro;
import static org.apache.spark.sql.functions.expr;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * One session that reads a typed topic as it is told: by Millrace's source, or by Spark's own
 * {@code kafka} source and {@code from_avro}, before which the five bytes of Confluent's framing
 * are cut off, as Spark does not know them.
 */
public final class SparkRead {
  private final SparkSession spark;
  private final String kafka;
  private final String registry;
  private final String topic;

  private SparkRead(SparkSession spark, String[] arguments) {
    this.spark = spark;
    this.kafka = arguments[0];
    this.registry = arguments[1];
    this.topic = arguments[2];
  }

  /**
   * Arguments: Kafka, registry, topic, a folder. Answers {@code ready}; then each line of its input
   * is a source ({@code millrace}, {@code kafka}) and what to do: {@code compare} answers the rows
   * and the sum of their hashes, {@code all} takes every column, {@code two} sums two of them.
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("read")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.local.dir", arguments[3])
            .getOrCreate();
    SparkRead reads = new SparkRead(spark, arguments);
    System.out.println("ready");
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      String[] words = order.split(" ");
      System.out.println(reads.run(words[0], words[1]));
    }
    Runtime.getRuntime().halt(0);
  }

  private String run(String source, String what) throws IOException, InterruptedException {
    Dataset<Row> rows = source.equals("millrace") ? byMillrace() : byKafka();
    switch (what) {
      case "compare" -> {
        String columns =
            Arrays.stream(rows.columns()).sorted().collect(Collectors.joining("`, `", "`", "`"));
        Row sums =
            rows.selectExpr("count(*)", "sum(CAST(xxhash64(" + columns + ") AS DECIMAL(38, 0)))")
                .first();
        return "rows=" + sums.getLong(0) + " sum=" + sums.getDecimal(1).toPlainString();
      }
      case "all" -> rows.write().format("noop").mode("overwrite").save();
      case "two" -> rows.selectExpr("sum(sc_status)", "sum(time_taken)").first();
      default -> throw new IllegalArgumentException(what);
    }
    return "done";
  }

  private Dataset<Row> byMillrace() {
    return spark
        .read()
        .format("millrace")
        .option("kafka", kafka)
        .option("registry", registry)
        .load(topic);
  }

  private Dataset<Row> byKafka() throws IOException, InterruptedException {
    return spark
        .read()
        .format("kafka")
        .option("kafka.bootstrap.servers", kafka)
        .option("kafka.isolation.level", "read_committed")
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .load()
        .select(from_avro(expr("substring(value, 6)"), contract()).as("web_log"))
        .select("web_log.*");
  }

  private String contract() throws IOException, InterruptedException {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create(registry + "/subjects/" + topic + "-value/versions/latest"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    return new ObjectMapper().readTree(answer.body()).get("schema").asText();
  }
}
