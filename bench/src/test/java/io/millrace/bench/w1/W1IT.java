package io.millrace.bench.w1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.bench.BenchCommand;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class W1IT {
  /** The command fails where a row of an engine is lost, doubled or other than the generator's. */
  @Test
  void everyEngineWritesTheSameRowsAndTheFiguresAreJson() throws Exception {
    PrintStream console = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    int exit;
    try {
      exit = BenchCommand.commandLine().execute("w1", "--rows", "10000", "--rounds", "1", "--json");
    } finally {
      System.setOut(console);
    }
    assertThat(exit).isZero();
    JsonNode figures = new ObjectMapper().readTree(printed.toByteArray());
    assertThat(figures.isArray()).isTrue();
    assertThat(StreamSupport.stream(figures.spliterator(), false))
        .allSatisfy(
            figure -> {
              assertThat(figure.size()).isEqualTo(3);
              assertThat(figure.get("rows_per_second").asDouble()).isPositive();
              assertThat(figure.get("cpu_seconds_per_million_rows").asDouble()).isPositive();
            })
        .extracting(figure -> figure.get("engine").asText())
        .isEqualTo(List.of("millrace", "flink", "kstreams", "bare"));
  }
}
