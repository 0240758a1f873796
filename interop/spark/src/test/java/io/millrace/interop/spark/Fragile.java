package io.millrace.interop.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.types.DataTypes;

/**
 * The function {@code fragile(partition, n)} answers n, but in partition 1 it fails once another
 * task of the session is done. Its state is static, for Spark copies what a function holds.
 */
final class Fragile {
  private static volatile CountDownLatch done = new CountDownLatch(1);
  private static volatile boolean fails;

  private Fragile() {}

  static void register(SparkSession spark) {
    done = new CountDownLatch(1);
    fails = true;
    spark
        .sparkContext()
        .addSparkListener(
            new SparkListener() {
              @Override
              public void onTaskEnd(SparkListenerTaskEnd end) {
                done.countDown();
              }
            });
    UDF2<Integer, Integer, Integer> function =
        (partition, n) -> {
          if (partition == 1 && fails) {
            done.await();
            throw new IOException("as a disk that fails");
          }
          return n;
        };
    spark.udf().register("fragile", function, DataTypes.IntegerType);
  }

  static void mend() {
    fails = false;
  }

  /** Makes a query forget that its last epoch was committed, as after a crash before it knew. */
  static void unlog(Path checkpoint, long epoch) throws IOException {
    for (String name : List.of("" + epoch, "." + epoch + ".crc")) {
      Files.deleteIfExists(checkpoint.resolve("commits").resolve(name));
    }
  }
}
