package io.millrace.flow.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.flow.topic.Delivery;
import io.millrace.flow.topic.Start;
import io.millrace.flow.topic.TopicTable;
import io.millrace.log.LogSettings;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.RegistrySettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;

class HistoryJobTest {
  private static final RowSchema ROWS =
      new RowSchema(
          List.of(
              new Column("id", DataType.BIGINT.withNullable(false)),
              new Column("name", DataType.STRING)),
          List.of("id"));

  private static TopicTable topic(String table, Name name, Relation.Kind kind, RowSchema schema) {
    return new TopicTable(
        new Relation(
            name,
            kind,
            name.topic(),
            "avro",
            schema,
            List.of(),
            List.of(),
            schema.columns().stream().map(Column::name).toList(),
            Optional.empty(),
            Relation.EventTime.NONE,
            Optional.empty(),
            Map.of(),
            -1,
            -1,
            Optional.empty(),
            false,
            "",
            Instant.EPOCH),
        LogSettings.of("localhost:1"),
        RegistrySettings.of("http://localhost:1"),
        Name.of(table),
        1,
        Start.EARLIEST,
        Optional.empty(),
        Delivery.EXACTLY_ONCE,
        "millrace/" + table + "/",
        Duration.ofMinutes(1),
        Duration.ofMillis(200),
        Optional.empty(),
        true,
        false,
        Optional.empty());
  }

  private static void add(StreamExecutionEnvironment environment, String table) {
    Name name = Name.of(table);
    HistoryJob.ofChanges(
            topic(table, History.changes(name), Relation.Kind.STREAM, History.changes(ROWS)),
            topic(table, name, Relation.Kind.TABLE, ROWS),
            topic(table, History.versions(name), Relation.Kind.TABLE, History.versions(ROWS))
                .withTransactionsApart("versions"))
        .addTo(environment, table + "/");
  }

  /** Numbers are found by the first operator of a chain, on a remote cluster, or by any. */
  @Test
  void eachTableOfAJobIsToldByItsOperators() {
    StreamExecutionEnvironment environment = new StreamExecutionEnvironment();
    add(environment, "a");
    add(environment, "b");
    List<OperatorID> chains = new ArrayList<>();
    List<OperatorID> all = new ArrayList<>();
    for (JobVertex vertex : environment.getStreamGraph().getJobGraph().getVertices()) {
      chains.add(OperatorID.fromJobVertexID(vertex.getID()));
      vertex.getOperatorIDs().forEach(id -> all.add(id.getGeneratedOperatorID()));
    }
    Collection<OperatorID> a = HistoryJob.operators("a/");
    Collection<OperatorID> b = HistoryJob.operators("b/");
    assertThat(all).containsAll(a).containsAll(b);
    assertThat(a).hasSize(4).doesNotContainAnyElementsOf(b);
    assertThat(chains.stream().filter(a::contains))
        .hasSameSizeAs(chains.stream().filter(b::contains).toList());
    assertThat(chains).hasSizeGreaterThan(2).allMatch(head -> a.contains(head) || b.contains(head));
  }
}
