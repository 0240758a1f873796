package io.millrace.engine;

import io.millrace.model.Column;
import io.millrace.serving.ResultCursor;
import java.util.ArrayList;
import java.util.List;

/** A finite answer that is in memory already: what SHOW and DESCRIBE say. */
final class TableCursor implements ResultCursor {
  private final List<Column> columns;
  private final List<Object[]> rows = new ArrayList<>();
  private int at = -1;

  TableCursor(Column... columns) {
    this.columns = List.of(columns);
  }

  TableCursor row(Object... values) {
    if (values.length != columns.size()) {
      throw new IllegalArgumentException(values.length + " values for " + columns.size());
    }
    rows.add(values);
    return this;
  }

  @Override
  public List<Column> columns() {
    return columns;
  }

  @Override
  public boolean next() {
    return ++at < rows.size();
  }

  @Override
  public Object value(int column) {
    return rows.get(at)[column];
  }

  @Override
  public void cancel() {
    at = rows.size();
  }

  @Override
  public void close() {}
}
