package io.millrace.bench.w3;

import io.millrace.bench.race.Engine;
import io.millrace.bench.race.Place;
import io.millrace.testserver.snowflake.SnowflakeKeys;
import java.nio.file.Files;
import java.util.Map;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/** Millrace into Snowflake, and a loop that writes files as Millrace stages them. */
enum SnowflakeEngine implements Engine {
  MILLRACE {
    @Override
    public AutoCloseable start(Place place) {
      return MillraceSink.start(
          place,
          "snowflake",
          Map.of(
              "sfURL",
              place.store(),
              "sfAccount",
              SnowflakeKeys.ACCOUNT,
              "sfUser",
              SnowflakeKeys.USER,
              "private-key-file",
              SnowflakeStore.keyFile(place).toString(),
              "sfDatabase",
              SnowflakeKeys.DATABASE,
              "sfSchema",
              "PUBLIC",
              "sfWarehouse",
              "LOADING",
              "streaming_stage",
              "WEB_STAGE",
              "dbtable",
              SnowflakeStore.TABLE));
    }
  },
  BARE {
    @Override
    public AutoCloseable start(Place place) {
      return BareFiles.start(
          place,
          CompressionCodecName.SNAPPY,
          (hidden, name) -> Files.move(hidden, hidden.resolveSibling(name)));
    }
  }
}
