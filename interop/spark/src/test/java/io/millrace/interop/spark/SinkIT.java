package io.millrace.interop.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.Test;

class SinkIT extends SparkTrial {
  private static DataStreamWriter<Row> sink(Dataset<Row> frame, Path checkpoint, Path files) {
    return frame
        .writeStream()
        .format("millrace-sink")
        .option("sink", "parquet")
        .option("path", files.toString())
        .option("checkpointLocation", checkpoint.toString())
        .queryName("numbers_files")
        .trigger(Trigger.AvailableNow());
  }

  private static void insert(int from, int to) {
    server.execute(
        "INSERT INTO numbers VALUES "
            + String.join(", ", IntStream.range(from, to).mapToObj(n -> "(" + n + ")").toList()));
  }

  private static List<String> files(Path files) {
    return texts(spark.read().schema("n INT").parquet(files + "/*.parquet"));
  }

  private static List<String> numbers(int to) {
    return IntStream.range(0, to).mapToObj(n -> "[" + n + "]").sorted().toList();
  }

  @Test
  void anEpochThatComesAgainIsCommittedOnceThoughTasksFailed() throws Exception {
    Path checkpoint = folder.resolve("files-checkpoint");
    Path files = folder.resolve("files");
    server.execute("CREATE STREAM numbers (n INT) WITH ('partitions' = '2')");
    insert(0, 20);
    insert(20, 40);
    Dataset<Row> source = readStream("numbers").option("startingOffsets", "earliest").load();
    sink(source, checkpoint, files).start().awaitTermination();
    assertThat(files(files)).isEqualTo(numbers(40));

    Fragile.unlog(checkpoint, 0);
    sink(source, checkpoint, files).start().awaitTermination();
    assertThat(files(files)).as("committed before, so not again").isEqualTo(numbers(40));

    insert(40, 60);
    insert(60, 80);
    Fragile.register(spark);
    Dataset<Row> fragile = source.selectExpr("fragile(_partition, n) AS n");
    assertThatThrownBy(() -> sink(fragile, checkpoint, files).start().awaitTermination())
        .hasStackTraceContaining("as a disk that fails");
    assertThat(files(files)).as("staged in part is out of sight").isEqualTo(numbers(40));
    Fragile.mend();
    sink(fragile, checkpoint, files).start().awaitTermination();
    assertThat(files(files)).isEqualTo(numbers(80));
  }

  @Test
  void whatASinkCannotDoIsRefusedByName() {
    server.execute("CREATE STREAM plain (n INT)");
    Path checkpoint = folder.resolve("plain-checkpoint");
    Dataset<Row> source = readStream("plain").option("startingOffsets", "earliest").load();
    server.execute("INSERT INTO plain VALUES (1)");
    assertThatThrownBy(
            () ->
                sink(source, checkpoint, folder.resolve("plain"))
                    .option("primaryKey", "n")
                    .start()
                    .awaitTermination())
        .hasStackTraceContaining("Cannot set rows by key in sink parquet: it only appends");
    assertThatThrownBy(
            () ->
                sink(source, checkpoint, folder.resolve("plain"))
                    .option("sink", "parqet")
                    .start()
                    .awaitTermination())
        .hasStackTraceContaining("Did you mean parquet?");
    assertThatThrownBy(
            () ->
                sink(source, checkpoint, folder.resolve("plain"))
                    .option("compresion", "zstd")
                    .start()
                    .awaitTermination())
        .hasStackTraceContaining("Did you mean 'compression'?");
  }
}
