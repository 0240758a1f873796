package io.millrace.bench.w3;

import io.millrace.bench.race.LineDigest;
import io.millrace.bench.race.LogTable;
import io.millrace.bench.race.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The committed files of one engine, read with DuckDB. A file is committed once it bears a name
 * that is not hidden; Spark's are once its log of the folder names them.
 */
final class ParquetOutput implements Output {
  private static final String SPARK_LOG = "_spark_metadata";
  private static final Pattern SPARK_FILE = Pattern.compile("\"path\":\"[^\"]*/([^\"/]+)\"");

  private static final String LINE =
      LogTable.COLUMNS.stream()
          .map(column -> "coalesce(CAST(\"" + column.name() + "\" AS VARCHAR), '-')")
          .collect(Collectors.joining(", ", "concat_ws(' ', ", ")"));

  private final Path folder;
  private final Connection duck;
  private final Set<Path> counted = new HashSet<>();
  private final List<Path> unread = new ArrayList<>();
  private long rows;

  ParquetOutput(Path folder) throws IOException {
    this.folder = folder;
    try {
      this.duck = DriverManager.getConnection("jdbc:duckdb:");
    } catch (SQLException e) {
      throw new IOException("Cannot open DuckDB", e);
    }
  }

  @Override
  public long committed() throws IOException {
    List<Path> found = new ArrayList<>(files());
    found.removeAll(counted);
    if (!found.isEmpty()) {
      try (Statement statement = duck.createStatement();
          ResultSet sum =
              statement.executeQuery(
                  "SELECT sum(num_rows) FROM parquet_file_metadata(" + list(found) + ")")) {
        sum.next();
        rows += sum.getLong(1);
      } catch (SQLException e) {
        throw new IOException("Failed to count the rows of " + found, e);
      }
      counted.addAll(found);
      unread.addAll(found);
    }
    return rows;
  }

  private Set<Path> files() throws IOException {
    Path log = folder.resolve(SPARK_LOG);
    if (!Files.exists(log)) {
      try (Stream<Path> all = Files.list(folder)) {
        return all.filter(file -> isShown(file) && Files.isRegularFile(file))
            .collect(Collectors.toCollection(TreeSet::new));
      }
    }
    Set<Path> files = new TreeSet<>();
    try (Stream<Path> batches = Files.list(log)) {
      for (Path batch : batches.filter(ParquetOutput::isShown).toList()) {
        Matcher matcher = SPARK_FILE.matcher(Files.readString(batch));
        while (matcher.find()) {
          files.add(folder.resolve(matcher.group(1)));
        }
      }
    }
    return files;
  }

  static boolean isSparkLog(String name) {
    return name.startsWith(SPARK_LOG + "/");
  }

  private static boolean isShown(Path file) {
    String name = file.getFileName().toString();
    return !name.startsWith(".") && !name.startsWith("_");
  }

  private static String list(List<Path> files) {
    return files.stream().map(file -> "'" + file + "'").collect(Collectors.joining(", ", "[", "]"));
  }

  @Override
  public void read(LineDigest digest) throws IOException {
    if (unread.isEmpty()) {
      return;
    }
    try (Statement statement = duck.createStatement();
        ResultSet lines =
            statement.executeQuery("SELECT " + LINE + " FROM read_parquet(" + list(unread) + ")")) {
      while (lines.next()) {
        digest.add(lines.getString(1));
      }
    } catch (SQLException e) {
      throw new IOException("Failed to read " + unread, e);
    }
    unread.clear();
  }

  @Override
  public void close() throws IOException {
    try {
      duck.close();
    } catch (SQLException e) {
      throw new IOException("Failed to close DuckDB", e);
    }
  }
}
