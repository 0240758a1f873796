package io.millrace.sink.files;

import io.millrace.model.RowSchema;
import io.millrace.sink.testkit.SinkContract;
import io.millrace.sink.testkit.SinkFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Parquet objects, fetched as anybody who may read the bucket would and read by DuckDB. */
public abstract class ObjectsFixture implements SinkFixture {
  private final Path folder;
  private int fetched;

  protected ObjectsFixture(Path folder) {
    this.folder = folder;
  }

  /** All objects below the sink's prefix, by their keys relative to it. */
  protected abstract Map<String, byte[]> objects() throws IOException;

  @Override
  public Optional<Map<String, String>> spreadBy(String column) {
    return Optional.of(
        Map.of("partition-by", column, "memory", String.valueOf(SinkContract.MEMORY)));
  }

  @Override
  public List<List<Object>> visibleRows(RowSchema schema) throws Exception {
    Path copy = folder.resolve("fetched-" + fetched++);
    if (!fetch(objects(), copy)) {
      return List.of();
    }
    String columns =
        schema.columns().stream()
            .map(c -> "\"" + c.name() + "\"")
            .collect(Collectors.joining(", "));
    return DuckDb.query(
        "SELECT " + columns + " FROM read_parquet('" + copy + "/**/*.parquet')", schema.columns());
  }

  /** Puts Parquet objects into a folder under their keys; answers whether there are any. */
  static boolean fetch(Map<String, byte[]> objects, Path folder) throws IOException {
    boolean any = false;
    for (Map.Entry<String, byte[]> object : objects.entrySet()) {
      if (object.getKey().endsWith(".parquet")) {
        Path file = folder.resolve(object.getKey());
        Files.createDirectories(file.getParent());
        Files.write(file, object.getValue());
        any = true;
      }
    }
    return any;
  }
}
