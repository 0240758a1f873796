package io.millrace.examples.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.current_timestamp;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.split;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;

/**
 * Lines of web server logs from the Kafka topic {@code weblogs}, split at their spaces and cast to
 * 17 columns, go into a table of Snowflake every 30 seconds. A line that is no row goes to the
 * warehouse's dead letters, with its bytes and the reason, and the others go on. Killed at any
 * time, it goes on where it stood when it is started again; every line is in one of the places,
 * once.
 */
public final class SparkWeblogs {
  private static final String TOPIC = "weblogs";

  /** Tasks that write to a topic. */
  private static final int TASKS = 4;

  /** Under which name its dead letters are found. */
  private static final String STATEMENT = "spark_weblogs";

  /** What a line has between its spaces; {@code -} stands for none. */
  private static final Map<String, String> COLUMNS = new LinkedHashMap<>();

  static {
    COLUMNS.put("date", "DATE");
    for (String text :
        List.of(
            "time",
            "c_ip",
            "cs_username",
            "s_sitename",
            "s_computername",
            "s_ip",
            "s_port",
            "cs_method",
            "cs_uri_stem",
            "cs_uri_query",
            "sc_status",
            "time_taken",
            "cs_version",
            "cs_host",
            "user_agent",
            "referer")) {
      COLUMNS.put(text, "STRING");
    }
    for (String number : List.of("s_port", "sc_status", "time_taken")) {
      COLUMNS.put(number, "INT");
    }
  }

  private final Map<String, String> settings;
  private final SparkSession spark;

  private SparkWeblogs(Map<String, String> settings, SparkSession spark) {
    this.settings = settings;
    this.spark = spark;
  }

  /**
   * Settings as {@code name=value}: {@code kafka}, {@code registry}, {@code checkpoint} (a folder),
   * {@code trigger} ({@code 30 seconds} unless said), {@code stream} (one of the warehouse's that
   * gets the rows too); all others are options of the sink: {@code sfURL}, {@code sfUser}, {@code
   * pem_private_key} or {@code private-key-file}, {@code sfDatabase}, {@code dbtable} ...
   */
  public static void main(String[] arguments) throws StreamingQueryException {
    Map<String, String> settings = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String argument : arguments) {
      String[] pair = argument.split("=", 2);
      settings.put(pair[0], pair[1]);
    }
    SparkSession spark =
        SparkSession.builder()
            .appName("weblogs")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.datasource.millrace.kafka", settings.get("kafka"))
            .config("spark.datasource.millrace.registry", settings.get("registry"))
            .getOrCreate();
    new SparkWeblogs(settings, spark).run();
  }

  private void run() throws StreamingQueryException {
    Dataset<Row> lines =
        spark
            .readStream()
            .format("kafka")
            .option("kafka.bootstrap.servers", settings.get("kafka"))
            .option("subscribe", TOPIC)
            .option("startingOffsets", "earliest")
            .load()
            .withColumn("data", split(col("value").cast("string"), " "))
            .withColumn("wrong", wrong());
    Dataset<Row> good = lines.where("wrong IS NULL");
    Dataset<Row> rows = good.select(columns());

    start(
        rows.writeStream()
            .format("millrace-sink")
            .option("sink", "snowflake")
            .options(sinkOptions()),
        "snowflake");
    start(
        byPartition(deadLetters(lines.where("wrong IS NOT NULL")))
            .writeStream()
            .format("millrace")
            .option("table", "_millrace_dead_letters"),
        "dead_letters");
    if (settings.containsKey("stream")) {
      start(
          byPartition(good)
              .select(columns())
              .writeStream()
              .format("millrace")
              .option("table", settings.get("stream")),
          "stream");
    }
    System.out.println("ready");
    spark.streams().awaitAnyTermination();
  }

  /**
   * The rows of a partition in the same task each time: the source numbers its tasks anew after a
   * restart, and a task that writes to a topic knows by its number what it has written.
   */
  private static Dataset<Row> byPartition(Dataset<Row> rows) {
    return rows.repartition(TASKS, col("partition"));
  }

  private void start(DataStreamWriter<Row> writer, String name) {
    try {
      writer
          .queryName("weblogs_" + name)
          .option("checkpointLocation", settings.get("checkpoint") + "/" + name)
          .trigger(Trigger.ProcessingTime(settings.getOrDefault("trigger", "30 seconds")))
          .start();
    } catch (java.util.concurrent.TimeoutException e) {
      throw new IllegalStateException("Cannot start query " + name, e);
    }
  }

  private Map<String, String> sinkOptions() {
    Map<String, String> options = new TreeMap<>(settings);
    options.keySet().removeAll(List.of("kafka", "registry", "checkpoint", "trigger", "stream"));
    return options;
  }

  /** The values of a line that is a row. */
  private static Column[] columns() {
    List<Column> columns = new ArrayList<>();
    COLUMNS.forEach(
        (name, type) ->
            columns.add(expr("try_cast(" + value(columns.size()) + " AS " + type + ")").as(name)));
    return columns.toArray(Column[]::new);
  }

  private static String value(int field) {
    return "nullif(data[" + field + "], '-')";
  }

  /** The name of the first column that has no value of its type, or NULL. */
  private static Column wrong() {
    List<String> cases = new ArrayList<>();
    cases.add("WHEN value IS NULL OR size(data) <> " + COLUMNS.size() + " THEN ''");
    List<String> names = List.copyOf(COLUMNS.keySet());
    for (int i = 0; i < names.size(); i++) {
      String type = COLUMNS.get(names.get(i));
      if (!type.equals("STRING")) {
        cases.add(
            "WHEN %1$s IS NOT NULL AND try_cast(%1$s AS %2$s) IS NULL THEN '%3$s'"
                .formatted(value(i), type, names.get(i)));
      }
    }
    return expr(cases.stream().collect(Collectors.joining(" ", "CASE ", " END")));
  }

  /** In the shape of the warehouse's table of refused records. */
  private static Dataset<Row> deadLetters(Dataset<Row> lines) {
    return lines.select(
        lit(STATEMENT).as("statement"),
        lit("decode").as("stage"),
        col("topic"),
        col("partition"),
        col("offset"),
        current_timestamp().as("refused_at"),
        lit("DECODE_FAILED").as("code"),
        expr("CASE WHEN wrong = '' THEN 'Cannot read record: it has ' || size(data) || ' fields'"
                + " ELSE 'Cannot read column ' || wrong END")
            .as("message"),
        expr("nullif(wrong, '')").as("field"),
        col("key").as("record_key"),
        col("value").as("record_value"),
        col("timestamp").as("record_timestamp"));
  }
}
