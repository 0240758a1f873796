package io.millrace.bench.w1;

import io.millrace.bench.race.Engine;
import io.millrace.bench.race.Place;

/** The engines, in the order of the report. */
enum W1Engine implements Engine {
  MILLRACE {
    @Override
    public AutoCloseable start(Place place) {
      return MillraceEngine.start(place);
    }
  },
  FLINK {
    @Override
    public AutoCloseable start(Place place) {
      return FlinkEngine.start(place);
    }
  },
  KSTREAMS {
    @Override
    public AutoCloseable start(Place place) {
      return StreamsEngine.start(place);
    }
  },
  BARE {
    @Override
    public AutoCloseable start(Place place) {
      return BareEngine.start(place);
    }
  }
}
