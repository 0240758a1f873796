package io.millrace.bench.w1;

import java.util.List;
import java.util.Locale;

/** The engines, in the order of the report. */
enum Engine {
  MILLRACE {
    @Override
    AutoCloseable start(Place place) {
      return MillraceEngine.start(place);
    }
  },
  FLINK {
    @Override
    AutoCloseable start(Place place) {
      return FlinkEngine.start(place);
    }
  },
  KSTREAMS {
    @Override
    AutoCloseable start(Place place) {
      return StreamsEngine.start(place);
    }
  },
  BARE {
    @Override
    AutoCloseable start(Place place) {
      return BareEngine.start(place);
    }
  };

  static final List<Engine> ALL = List.of(values());

  /** Starts to fill the output from the input's beginning, until closed. */
  abstract AutoCloseable start(Place place);

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
