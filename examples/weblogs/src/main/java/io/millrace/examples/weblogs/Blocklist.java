package io.millrace.examples.weblogs;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * The people who block addresses: one program that writes rows of a table by HTTP and reads each
 * request back as soon as it is answered. A request that a kill cuts off is sent again until it is
 * answered; its rows have keys, so that nothing is doubled.
 */
final class Blocklist implements AutoCloseable {
  static final String TABLE =
      "CREATE TABLE blocklist (address STRING, request BIGINT, PRIMARY KEY (address));";
  private static final int ADDRESSES = 1000;
  private static final int ROWS_OF_A_REQUEST = 20;
  private static final Duration BETWEEN = Duration.ofMillis(20);
  private static final Duration BEFORE_A_RETRY = Duration.ofMillis(200);

  private final ServerProcess server;
  private final SplittableRandom random;
  private final Map<String, Long> truth = new HashMap<>();
  private final List<String> wrong = new ArrayList<>();
  private final AtomicLong begun = new AtomicLong();
  private final Thread thread = new Thread(this::run, "blocklist");
  private volatile boolean stopped;

  Blocklist(ServerProcess server, long seed) {
    this.server = server;
    this.random = new SplittableRandom(seed);
  }

  void start() {
    thread.start();
  }

  /** How many requests have been begun, each retry being another one. Any thread. */
  long begun() {
    return begun.get();
  }

  private void run() {
    try {
      for (long request = 1; !stopped; request++) {
        write(request);
        LockSupport.parkNanos(BETWEEN.toNanos());
      }
    } catch (RuntimeException e) {
      wrong.add("the blocklist stopped: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(long request) throws InterruptedException {
    Set<String> addresses = new HashSet<>();
    while (addresses.size() < ROWS_OF_A_REQUEST) {
      addresses.add("10.0.0." + random.nextInt(ADDRESSES));
    }
    String rows =
        addresses.stream()
            .map(a -> "{\"address\": \"" + a + "\", \"request\": " + request + "}")
            .collect(Collectors.joining("\n"));
    String positions =
        answered(
            () -> {
              begun.incrementAndGet();
              return server.post("/v1/streams/blocklist/rows?format=json", rows).get("positions");
            });
    String seen =
        answered(
            () ->
                server
                    .execute(
                        "SELECT count(*) FROM blocklist WHERE request = " + request,
                        Map.of("after", positions))
                    .at("/rows/0/0"));
    if (Integer.parseInt(seen) != ROWS_OF_A_REQUEST) {
      wrong.add("request " + request + " was answered, but " + seen + " of its rows are seen");
    }
    addresses.forEach(address -> truth.put(address, request));
  }

  private interface Call {
    JsonNode send() throws IOException, InterruptedException;
  }

  /** Repeats a request while there is no server, or one that dies before it answers. */
  private static String answered(Call call) throws InterruptedException {
    while (true) {
      try {
        return call.send().asText();
      } catch (IOException e) {
        Thread.sleep(BEFORE_A_RETRY.toMillis());
      }
    }
  }

  /** What does not add up, once closed; empty if all does. */
  List<String> differences() {
    List<String> all = new ArrayList<>(wrong);
    Map<String, Long> found = new HashMap<>();
    for (Object[] row : server.rows("SELECT address, request FROM blocklist")) {
      found.put(row[0].toString(), Long.parseLong(row[1].toString()));
    }
    if (!found.equals(truth)) {
      all.add("the blocklist is " + found + ", not " + truth);
    }
    return all;
  }

  /** Ends after the request that is under way. */
  @Override
  public void close() throws InterruptedException {
    stopped = true;
    thread.join();
  }
}
