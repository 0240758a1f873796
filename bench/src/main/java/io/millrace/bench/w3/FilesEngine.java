package io.millrace.bench.w3;

import io.millrace.bench.race.Engine;
import io.millrace.bench.race.EngineJvm;
import io.millrace.bench.race.Place;
import java.io.IOException;

/** The engines, in the order of the report. */
enum W3Engine implements Engine {
  MILLRACE {
    @Override
    public AutoCloseable start(Place place) {
      return MillraceFiles.start(place);
    }
  },
  FLINK {
    @Override
    public AutoCloseable start(Place place) {
      return FlinkFiles.start(place);
    }
  },
  SPARK {
    @Override
    public EngineJvm jvm() throws IOException {
      return SparkJvm.find();
    }

    @Override
    public AutoCloseable start(Place place) {
      throw new UnsupportedOperationException("Spark has a main class of its own");
    }
  },
  BARE {
    @Override
    public AutoCloseable start(Place place) {
      return BareFiles.start(place);
    }
  }
}
