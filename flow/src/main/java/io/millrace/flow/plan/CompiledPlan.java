package io.millrace.flow.plan;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.table.catalog.ObjectIdentifier;

/**
 * What a compiled plan says about itself. Plans are Flink's JSON: a list of nodes and the edges
 * between them; the planner's own classes live behind a class loader, its JSON does not. Immutable.
 */
final class CompiledPlan {
  /** Nodes that hand on each row at once, remembering nothing. */
  private static final Set<String> ROW_BY_ROW =
      Set.of(
          "stream-exec-table-source-scan",
          "stream-exec-calc",
          "stream-exec-python-calc",
          "stream-exec-correlate",
          "stream-exec-expand",
          "stream-exec-lookup-join",
          "stream-exec-watermark-assigner",
          "stream-exec-drop-update-before",
          "stream-exec-sink");

  /** Nodes behind which a row still stands for the one that it replaces. */
  private static final Set<String> BY_KEY =
      Set.of(
          "stream-exec-calc",
          "stream-exec-exchange",
          "stream-exec-drop-update-before",
          "stream-exec-sink");

  /** Nodes that ask for UPDATE_BEFORE rows only where what is behind them does. */
  private static final Set<String> HANDS_ON =
      Set.of("stream-exec-calc", "stream-exec-exchange", "stream-exec-join", "stream-exec-sink");

  private final String text;
  private final List<JsonNode> nodes = new ArrayList<>();
  private final List<JsonNode> edges = new ArrayList<>();

  CompiledPlan(String text) {
    this.text = text;
    try {
      JsonNode plan = new ObjectMapper().readTree(text);
      plan.path("nodes").forEach(nodes::add);
      plan.path("edges").forEach(edges::add);
    } catch (JsonProcessingException e) {
      throw new MillraceException(
          ErrorCode.INTERNAL_ERROR, "Cannot read a stored plan: it is not JSON", e);
    }
    if (nodes.isEmpty()) {
      throw new MillraceException(
          ErrorCode.INTERNAL_ERROR, "Cannot read a stored plan: it has no nodes");
    }
  }

  String text() {
    return text;
  }

  /** Whether one scan feeds the sink through nothing but stateless steps in the same task. */
  boolean isRowByRow() {
    int scans = 0;
    for (JsonNode node : nodes) {
      String type = type(node);
      if (!ROW_BY_ROW.contains(type)) {
        return false;
      }
      if (type.equals("stream-exec-table-source-scan")) {
        scans++;
      }
    }
    return scans == 1
        && edges.stream().allMatch(e -> e.path("shuffle").path("type").asText().equals("FORWARD"));
  }

  private static String type(JsonNode node) {
    return node.path("type").asText().replaceAll("_\\d+$", "");
  }

  private JsonNode sink() {
    for (JsonNode node : nodes) {
      if (type(node).equals("stream-exec-sink")) {
        return node;
      }
    }
    throw new MillraceException(
        ErrorCode.INTERNAL_ERROR, "Cannot read a stored plan: it has no sink");
  }

  boolean isInsertOnly() {
    for (JsonNode change : sink().path("inputChangelogMode")) {
      if (!change.asText().equals("INSERT")) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether rows that another has displaced would be counted for ever. Flink 2.1 to 2.3 plans the
   * first row of a group, by any order but one descending column or time, as if it never changed
   * (FLINK-40324): the later row still replaces the earlier in a table with that key, but nowhere
   * else.
   */
  boolean keepsDisplacedRows(boolean intoTable) {
    return nodes.stream()
        .filter(CompiledPlan::isFirstRowTakenForFinal)
        .anyMatch(rank -> !intoTable || !isByKeyBehind(rank));
  }

  private static boolean isFirstRowTakenForFinal(JsonNode node) {
    JsonNode range = node.path("rankRange");
    JsonNode order = node.path("orderBy").path("fields");
    return type(node).equals("stream-exec-rank")
        && node.path("rankStrategy").path("type").asText().equals("AppendFast")
        && range.path("type").asText().equals("Constant")
        && range.path("start").asInt() == 1
        && range.path("end").asInt() == 1
        && !node.path("outputRowNumber").asBoolean()
        && (order.size() != 1 || order.get(0).path("isAscending").asBoolean());
  }

  /**
   * Whether a join is told of updates by their new rows alone, and cannot know then which of the
   * old rows it has joined. Flink 2.3 plans so for a sink that takes upserts, also where a
   * condition is on columns that change (FLINK-38579) and where rows without a match count
   * (FLINK-40681): what matched before an update would stay for ever.
   */
  boolean joinsForgetUpdates() {
    return !isInsertOnly()
        && nodes.stream()
            .filter(node -> type(node).equals("stream-exec-join"))
            .filter(
                join -> {
                  JsonNode spec = join.path("joinSpec");
                  return !spec.path("joinType").asText().equals("INNER")
                      || spec.hasNonNull("nonEquiCondition");
                })
            .anyMatch(this::isWithoutBefore);
  }

  private boolean isWithoutBefore(JsonNode node) {
    return type(node).equals("stream-exec-sink")
        ? !sink().path("inputChangelogMode").toString().contains("UPDATE_BEFORE")
        : edges.stream()
            .filter(edge -> edge.path("source").asInt() == node.path("id").asInt())
            .flatMap(
                edge ->
                    nodes.stream().filter(n -> n.path("id").asInt() == edge.path("target").asInt()))
            .anyMatch(next -> HANDS_ON.contains(type(next)) && isWithoutBefore(next));
  }

  private boolean isByKeyBehind(JsonNode node) {
    return edges.stream()
        .filter(edge -> edge.path("source").asInt() == node.path("id").asInt())
        .flatMap(
            edge -> nodes.stream().filter(n -> n.path("id").asInt() == edge.path("target").asInt()))
        .allMatch(next -> BY_KEY.contains(type(next)) && isByKeyBehind(next));
  }

  /** The positions of the smallest upsert key among the columns that reach the sink. */
  List<Integer> upsertKey() {
    List<Integer> key = new ArrayList<>();
    sink().path("inputUpsertKey").forEach(i -> key.add(i.asInt()));
    return key;
  }

  /** Whether the plan hands the partition of the row read to the sink. */
  boolean preservesPartitions() {
    for (JsonNode ability : sink().path("dynamicTableSink").path("abilities")) {
      if (ability.path("type").asText().equals("WritingMetadata")) {
        for (JsonNode key : ability.path("metadataKeys")) {
          if (key.asText().equals("partition")) {
            return true;
          }
        }
      }
    }
    return false;
  }

  /** A column of a table as the plan remembers it. The kind is absent for a physical column. */
  record PlanColumn(String name, String kind, JsonNode type, String metadataKey, boolean virtual) {
    boolean isPhysical() {
      return kind.isEmpty() || kind.equals("PHYSICAL");
    }

    boolean isMetadata() {
      return kind.equals("METADATA");
    }
  }

  /** The columns of every table that the plan reads or writes, as they were when it was made. */
  Map<Name, List<PlanColumn>> tables() {
    Map<Name, List<PlanColumn>> tables = new LinkedHashMap<>();
    for (JsonNode node : nodes) {
      for (JsonNode table : node.findValues("table")) {
        if (table.has("identifier")) {
          tables.putIfAbsent(name(table), columns(table));
        }
      }
    }
    return tables;
  }

  private static List<PlanColumn> columns(JsonNode table) {
    List<PlanColumn> columns = new ArrayList<>();
    for (JsonNode column : table.path("resolvedTable").path("schema").path("columns")) {
      columns.add(
          new PlanColumn(
              column.path("name").asText(),
              column.path("kind").asText(),
              column.path("dataType"),
              column.path("metadataKey").asText(),
              column.path("isVirtual").asBoolean()));
    }
    return columns;
  }

  /** The tables that scans and lookups read. */
  Set<Name> reads() {
    Set<Name> reads = new LinkedHashSet<>();
    for (JsonNode node : nodes) {
      if (!type(node).equals("stream-exec-sink")) {
        for (JsonNode table : node.findValues("table")) {
          if (table.has("identifier")) {
            reads.add(name(table));
          }
        }
      }
    }
    return reads;
  }

  /** The columns of a table that scans and lookups read; names compare without case. */
  Set<String> columnsRead(Name table) {
    Set<String> read = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    for (JsonNode node : nodes) {
      if (!type(node).equals("stream-exec-sink")) {
        for (JsonNode source : node.findParents("table")) {
          JsonNode described = source.path("table");
          if (described.has("identifier") && name(described).equals(table)) {
            read.addAll(columnsRead(source, columns(described)));
          }
        }
      }
    }
    return read;
  }

  private static List<String> columnsRead(JsonNode source, List<PlanColumn> columns) {
    List<String> physical =
        columns.stream().filter(PlanColumn::isPhysical).map(PlanColumn::name).toList();
    for (JsonNode ability : source.path("abilities")) {
      if (ability.path("type").asText().equals("ProjectPushDown")) {
        List<String> projected = new ArrayList<>();
        for (JsonNode path : ability.path("projectedFields")) {
          projected.add(physical.get(path.get(0).asInt()));
        }
        return projected;
      }
    }
    return physical;
  }

  /** The tables that scans alone read. */
  Set<Name> scans() {
    Set<Name> scans = new LinkedHashSet<>();
    for (JsonNode node : nodes) {
      if (type(node).equals("stream-exec-table-source-scan")) {
        scans.add(name(node.path("scanTableSource").path("table")));
      }
    }
    return scans;
  }

  /** The table that the sink writes. */
  Name target() {
    return name(sink().path("dynamicTableSink").path("table"));
  }

  private static Name name(JsonNode table) {
    List<String> parts = identifier(table.path("identifier").asText());
    return new Name(parts.get(1), parts.get(2));
  }

  /** Splits {@code `catalog`.`database`.`object`}. */
  private static List<String> identifier(String text) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '`' && quoted && i + 1 < text.length() && text.charAt(i + 1) == '`') {
        part.append(c);
        i++;
      } else if (c == '`') {
        quoted = !quoted;
      } else if (c == '.' && !quoted) {
        parts.add(part.toString());
        part.setLength(0);
      } else {
        part.append(c);
      }
    }
    parts.add(part.toString());
    return parts;
  }

  static Name name(ObjectIdentifier identifier) {
    return new Name(identifier.getDatabaseName(), identifier.getObjectName());
  }
}
