package io.millrace.sink.files;

import io.millrace.model.RowSchema;
import io.millrace.sink.testkit.SinkContract;
import io.millrace.sink.testkit.SinkFixture;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** The contract, read as DuckDB reads {@code **}{@code /*.parquet}. */
class ReadByDuckDbTest extends SinkContract {
  @Override
  protected SinkFixture fixture(Path folder) {
    return new FolderFixture(folder) {
      @Override
      public List<List<Object>> visibleRows(RowSchema schema) throws Exception {
        if (parquetFiles(root).isEmpty()) {
          return List.of();
        }
        String columns =
            schema.columns().stream()
                .map(c -> "\"" + c.name() + "\"")
                .collect(Collectors.joining(", "));
        return DuckDb.query(
            "SELECT " + columns + " FROM read_parquet('" + root + "/**/*.parquet')",
            schema.columns());
      }
    };
  }
}
