package io.millrace.examples.weblogs;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Destinations of one stream or table, closed together. */
final class Places implements AutoCloseable {
  private final List<Destination> all = new ArrayList<>();

  /** Starts one. */
  interface Start {
    Destination run() throws Exception;
  }

  /** Starts them in order; where one does not start, those before it are closed. */
  static Places start(Start... starts) throws Exception {
    Places places = new Places();
    try {
      for (Start start : starts) {
        places.all.add(start.run());
      }
      return places;
    } catch (Exception e) {
      places.close();
      throw e;
    }
  }

  List<Destination> all() {
    return List.copyOf(all);
  }

  /** The statements that create a sink into each. */
  String sinks(String from, String trigger) {
    return all.stream()
        .map(place -> place.create(from, trigger))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  @Override
  public void close() throws Exception {
    for (Destination place : all) {
      place.close();
    }
  }
}
