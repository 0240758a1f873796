package io.millrace.sink.files;

import io.millrace.sink.SinkConnector;
import io.millrace.sink.testkit.SinkContract;
import io.millrace.sink.testkit.SinkFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A folder of Parquet files, however it is read. */
abstract class FolderFixture implements SinkFixture {
  final Path root;

  FolderFixture(Path root) {
    this.root = root;
  }

  @Override
  public SinkConnector connector() {
    return new ParquetConnector();
  }

  @Override
  public Map<String, String> options() {
    return Map.of("path", root.toString());
  }

  @Override
  public Optional<Map<String, String>> spreadBy(String column) {
    return Optional.of(
        Map.of("partition-by", column, "memory", String.valueOf(SinkContract.MEMORY)));
  }

  /** Every file that a reader of {@code *.parquet} in any folder would find. */
  static List<Path> parquetFiles(Path root) throws IOException {
    return found(root, ".parquet");
  }

  static List<Path> found(Path root, String ending) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(f -> Files.isRegularFile(f) && f.toString().endsWith(ending))
          .sorted()
          .toList();
    }
  }
}
