package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.engine.Conductor;
import io.millrace.engine.Result;
import io.millrace.engine.StatementRequest;
import io.millrace.flow.ChangeCursor;
import io.millrace.flow.LeftOut;
import io.millrace.model.Column;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.serving.ResultCursor;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs {@code dialects.txt} as continuous queries (PREVIEW) and as pull queries over the same rows.
 * The page of where the two agree and how they differ is what came of it; {@code -Ddocs.write=true}
 * writes it anew.
 *
 * <p>A line is an expression over the one row of {@code sample}, or a query. Expressions are tried
 * many at once in one continuous query; a {@code ~} marks those that one of the two refuses, which
 * are tried alone.
 */
class ConformanceIT {
  private static final Path PAGE = Path.of("..", "docs", "reference", "dialects.md");
  private static final int AT_ONCE = 40;
  private static final int REASON = 110;
  private static final String NO_ROW = "no row";
  private static final String COLUMN = "Cannot compute a column: ";
  private static final String ONE_PARTITION = " WITH ('partitions' = '1')";

  /** A continuous query waits more than it works. */
  private static final int SIDE_BY_SIDE = 4;

  @TempDir static Path folder;

  /** A line of the corpus under its heading. */
  private record Entry(String section, String text, boolean alone) {
    boolean isQuery() {
      return text.startsWith("SELECT ") || text.startsWith("WITH ");
    }

    String query() {
      return isQuery() ? text : "SELECT " + text + " FROM sample";
    }
  }

  /** What came of an entry in one dialect: values and their types, or why it was refused. */
  private record Answer(String values, String types, String refusal) {
    static Answer of(List<String> rows, List<Column> columns) {
      return new Answer(
          rows.isEmpty() ? NO_ROW : String.join("; ", rows),
          columns.stream().map(c -> c.type().bareText()).collect(Collectors.joining(", ")),
          "");
    }

    static Answer refused(MillraceException e) {
      return refused(
          e.getMessage().replaceFirst("^(Cannot run query \\(DuckDB\\)|Invalid query): ", ""));
    }

    static Answer refused(String reason) {
      String line = reason.lines().findFirst().orElse("");
      return new Answer("", "", line.length() > REASON ? line.substring(0, REASON) + "..." : line);
    }

    boolean isRefused() {
      return !refusal.isEmpty();
    }
  }

  private record Pair(Answer continuous, Answer pull) {
    boolean sameValues() {
      return !continuous.isRefused() && !pull.isRefused() && continuous.values.equals(pull.values);
    }

    boolean sameTypes() {
      return continuous.types.equals(pull.types);
    }
  }

  private static List<Entry> corpus() throws IOException {
    List<Entry> entries = new ArrayList<>();
    String section = "";
    for (String line : Files.readAllLines(Path.of("src/test/resources/dialects.txt"))) {
      if (line.startsWith("# ")) {
        section = line.substring(2);
      } else if (!line.isBlank()) {
        boolean alone = line.startsWith("~");
        entries.add(new Entry(section, alone ? line.substring(1) : line, alone));
      }
    }
    return entries;
  }

  @Test
  void thePageSaysWhereTheTwoDialectsAgreeAndHowTheyDiffer() throws Exception {
    List<Entry> corpus = corpus();
    Map<Entry, Pair> answers = new LinkedHashMap<>();
    try (SingleProcess server = TestServer.start(folder.resolve("data"))) {
      Conductor conductor = server.conductor();
      prepare(conductor);
      Map<Entry, Answer> continuous = continuous(conductor, corpus);
      for (Entry entry : corpus) {
        answers.put(entry, new Pair(continuous.get(entry), pull(conductor, entry.query())));
      }
    }
    String page = page(answers);
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(PAGE, page);
    }
    assertThat(PAGE).hasContent(page);
  }

  private static void prepare(Conductor conductor) {
    for (String statement :
        List.of(
            "CREATE STREAM sample (i INT, j INT, b BIGINT, d DECIMAL(10, 2), e DECIMAL(10, 2),"
                + " f DOUBLE, g FLOAT, s STRING, u STRING, t BOOLEAN, dt DATE, tm TIME(3),"
                + " ts TIMESTAMP(3), tz TIMESTAMP_LTZ(3), a ARRAY<INT>, m MAP<STRING, INT>,"
                + " r ROW<x INT, y STRING>, n INT, ns STRING, nb BOOLEAN)"
                + ONE_PARTITION,
            "CREATE STREAM points (k STRING, v INT, x DOUBLE, w STRING)" + ONE_PARTITION,
            "CREATE STREAM nothing (v INT)" + ONE_PARTITION,
            "CREATE STREAM timed (k STRING, v INT, seen TIMESTAMP(3), WATERMARK FOR seen AS seen)"
                + ONE_PARTITION,
            "INSERT INTO sample VALUES (7, -2, 9000000000, 12.50, 0.03, 2.5, 0.1, 'Hello, World',"
                + " 'Ärger €', TRUE, DATE '2024-02-29', TIME '12:34:56.789',"
                + " TIMESTAMP '2024-02-29 12:34:56.789', TIMESTAMPTZ '2024-02-29 12:34:56.789Z',"
                + " [1, 2, 3], MAP {'one': 1, 'two': 2}, {'x': 5, 'y': 'why'}, NULL, NULL, NULL)",
            "INSERT INTO points VALUES ('a', 3, 1.5, 'B'), ('a', 1, NULL, 'a'), ('b', 3, -2.5,"
                + " 'é'), ('b', NULL, 'NaN'::DOUBLE, NULL), ('c', 2, 0.1, 'Z')",
            "INSERT INTO timed VALUES ('a', 1, TIMESTAMP '2024-01-01 00:00:10'),"
                + " ('a', 2, TIMESTAMP '2024-01-01 00:00:50'),"
                + " ('a', NULL, TIMESTAMP '2024-01-01 00:01:30'),"
                + " ('b', 5, TIMESTAMP '2024-01-01 00:02:00')")) {
      conductor.execute(StatementRequest.of(statement));
    }
    for (String name : List.of("sample", "points", "timed")) {
      Name relation = Name.of(name);
      String topic = conductor.relation(relation).topic();
      assertThat(
              conductor
                  .parts()
                  .serving()
                  .awaitPositions(
                      relation, conductor.parts().log().end(topic), Duration.ofSeconds(60)))
          .isTrue();
    }
  }

  private static Map<Entry, Answer> continuous(Conductor conductor, List<Entry> corpus)
      throws Exception {
    List<Callable<Map<Entry, Answer>>> tasks = new ArrayList<>();
    List<Entry> together = new ArrayList<>();
    for (Entry entry : corpus) {
      if (entry.isQuery()) {
        tasks.add(() -> Map.of(entry, preview(conductor, entry.query())));
      } else if (entry.alone()) {
        tasks.add(() -> Map.of(entry, expression(conductor, entry)));
      } else {
        together.add(entry);
      }
    }
    for (int i = 0; i < together.size(); i += AT_ONCE) {
      List<Entry> some = together.subList(i, Math.min(together.size(), i + AT_ONCE));
      tasks.add(() -> together(conductor, some));
    }
    ExecutorService threads = Executors.newFixedThreadPool(SIDE_BY_SIDE);
    try {
      Map<Entry, Answer> answers = new HashMap<>();
      for (Future<Map<Entry, Answer>> task : threads.invokeAll(tasks)) {
        answers.putAll(task.get());
      }
      return answers;
    } finally {
      threads.shutdown();
    }
  }

  /** Many expressions in one query, none of which either dialect refuses. */
  private static Map<Entry, Answer> together(Conductor conductor, List<Entry> entries) {
    String list =
        IntStream.range(0, entries.size())
            .mapToObj(i -> entries.get(i).text() + " AS c" + i)
            .collect(Collectors.joining(", "));
    try (ChangeCursor cursor = cursor(conductor, "PREVIEW SELECT " + list + " FROM sample")) {
      boolean isThere = next(cursor);
      assertThat(isThere).as(() -> cursor.leftOut() + "; mark it with ~ in: " + list).isTrue();
      Map<Entry, Answer> answers = new HashMap<>();
      for (int i = 0; i < entries.size(); i++) {
        Column column = cursor.columns().get(i);
        answers.put(entries.get(i), Answer.of(List.of(text(cursor.value(i))), List.of(column)));
      }
      return answers;
    } catch (MillraceException e) {
      throw new AssertionError(e.getMessage() + "; mark it with ~ in: " + list, e);
    }
  }

  private static ChangeCursor cursor(Conductor conductor, String statement) {
    return ((Result.Changes) conductor.execute(StatementRequest.of(statement))).cursor();
  }

  private static boolean next(ChangeCursor cursor) {
    while (!cursor.next(Duration.ofSeconds(1))) {
      if (cursor.finished()) {
        return false;
      }
    }
    return true;
  }

  /** The rows that are left when every change is applied, in an order of their own. */
  private static Answer preview(Conductor conductor, String query) {
    try (ChangeCursor cursor = cursor(conductor, "PREVIEW " + query)) {
      List<String> rows = new ArrayList<>();
      while (next(cursor)) {
        String row = row(cursor.columns().size(), cursor::value);
        if (cursor.op() == '+' || cursor.op() == 'U') {
          rows.add(row);
        } else {
          rows.remove(row);
        }
      }
      rows.sort(null);
      return Answer.of(rows, cursor.columns());
    } catch (MillraceException e) {
      return Answer.refused(e);
    }
  }

  /** A row on which an expression fails is a dead letter of a continuous query: none is left. */
  private static Answer expression(Conductor conductor, Entry entry) {
    try (ChangeCursor cursor = cursor(conductor, "PREVIEW " + entry.query())) {
      return next(cursor)
          ? Answer.of(List.of(text(cursor.value(0))), cursor.columns())
          : Answer.refused("dead letter: " + reason(cursor.leftOut()));
    } catch (MillraceException e) {
      return Answer.refused(e);
    }
  }

  private static String reason(LeftOut leftOut) {
    String reason = leftOut.firstReason();
    return reason.substring(reason.indexOf(COLUMN) + COLUMN.length());
  }

  private static Answer pull(Conductor conductor, String query) {
    try (ResultCursor cursor =
        ((Result.Rows) conductor.execute(StatementRequest.of(query))).cursor()) {
      List<String> rows = new ArrayList<>();
      while (cursor.next()) {
        rows.add(row(cursor.columns().size(), cursor::value));
      }
      rows.sort(null);
      return Answer.of(rows, cursor.columns());
    } catch (MillraceException e) {
      return Answer.refused(e);
    }
  }

  private static String row(int columns, IntFunction<Object> value) {
    return IntStream.range(0, columns)
        .mapToObj(i -> text(value.apply(i)))
        .collect(Collectors.joining(", "));
  }

  private static String text(Object value) {
    if (value == null) {
      return "NULL";
    }
    if (value instanceof String string) {
      return "'" + string + "'";
    }
    if (value instanceof byte[] bytes) {
      return "x'" + HexFormat.of().formatHex(bytes) + "'";
    }
    if (value instanceof BigDecimal decimal) {
      return decimal.toPlainString();
    }
    if (value instanceof List<?> list) {
      return list.stream().map(ConformanceIT::text).collect(Collectors.joining(", ", "[", "]"));
    }
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(e -> e.getKey() + ": " + text(e.getValue()))
          .sorted()
          .collect(Collectors.joining(", ", "{", "}"));
    }
    return value.toString();
  }

  private static String page(Map<Entry, Pair> answers) {
    Map<String, List<Entry>> sections = new LinkedHashMap<>();
    answers
        .keySet()
        .forEach(e -> sections.computeIfAbsent(e.section(), s -> new ArrayList<>()).add(e));
    long same = answers.values().stream().filter(Pair::sameValues).count();
    StringBuilder page = new StringBuilder();
    page.append(
        """
        # The two dialects compared

        Continuous queries speak Flink SQL, pull queries DuckDB's ([why](../concepts/two-dialects.md)). This page is
        printed by a test that runs %d expressions and queries in both over the same rows: %d give the same values,
        %d do not, or are understood by one of the two only. `PREVIEW` tries a continuous query's text as it will run.

        Expressions are over this one row of a stream `sample`:
        `i` 7, `j` -2, `b` 9000000000 (BIGINT), `d` 12.50 and `e` 0.03 (DECIMAL(10, 2)), `f` 2.5 (DOUBLE), `g` 0.1 (FLOAT),
        `s` 'Hello, World', `u` 'Ärger €', `t` TRUE, `dt` 2024-02-29, `tm` 12:34:56.789, `ts` and `tz` 2024-02-29 12:34:56.789
        (TIMESTAMP and TIMESTAMP_LTZ), `a` [1, 2, 3], `m` {one: 1, two: 2}, `r` {x: 5, y: 'why'}, and NULL as `n` (INT), `ns` (STRING)
        and `nb` (BOOLEAN).

        """
            .formatted(answers.size(), same, answers.size() - same));
    for (Map.Entry<String, List<Entry>> section : sections.entrySet()) {
      page.append("## ").append(section.getKey()).append("\n\n");
      differences(section.getValue(), answers, page);
      agreements(section.getValue(), answers, page);
    }
    return page.toString().stripTrailing() + "\n";
  }

  private static void differences(
      List<Entry> entries, Map<Entry, Pair> answers, StringBuilder page) {
    List<Entry> different = entries.stream().filter(e -> !answers.get(e).sameValues()).toList();
    if (different.isEmpty()) {
      return;
    }
    page.append("| differs | continuous (Flink) | pull (DuckDB) |\n|---|---|---|\n");
    for (Entry entry : different) {
      Pair pair = answers.get(entry);
      boolean types = !pair.continuous.isRefused() && !pair.pull.isRefused() && !pair.sameTypes();
      page.append("| ").append(code(entry.text()));
      page.append(" | ").append(cell(pair.continuous, types));
      page.append(" | ").append(cell(pair.pull, types)).append(" |\n");
    }
    page.append('\n');
  }

  private static void agreements(
      List<Entry> entries, Map<Entry, Pair> answers, StringBuilder page) {
    List<Entry> same = entries.stream().filter(e -> answers.get(e).sameValues()).toList();
    if (same.isEmpty()) {
      return;
    }
    page.append("| the same in both | value | types, where they differ |\n|---|---|---|\n");
    for (Entry entry : same) {
      Pair pair = answers.get(entry);
      page.append("| ").append(code(entry.text()));
      page.append(" | ").append(code(pair.continuous.values));
      page.append(" | ");
      if (!pair.sameTypes()) {
        page.append(pair.continuous.types).append(" / ").append(pair.pull.types);
      }
      page.append(" |\n");
    }
    page.append('\n');
  }

  private static String cell(Answer answer, boolean withTypes) {
    if (answer.isRefused()) {
      return plain(answer.refusal);
    }
    return code(answer.values) + (withTypes ? " " + answer.types.toLowerCase(Locale.ROOT) : "");
  }

  /** As code in a cell of a table. */
  private static String code(String text) {
    String quoted = text.contains("`") ? "`` " + text + " ``" : "`" + text + "`";
    return quoted.replace("|", "\\|");
  }

  private static String plain(String text) {
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "\\<").replace("*", "\\*");
  }
}
