package io.millrace.examples.weblogs;

import io.millrace.engine.Conductor;
import io.millrace.engine.Result;
import io.millrace.engine.StatementRequest;
import io.millrace.serving.ResultCursor;
import io.millrace.sql.Parsed;
import io.millrace.sql.StatementParser;
import java.util.ArrayList;
import java.util.List;

/** Runs statements in this process. */
public record ConductorSql(Conductor conductor) implements Sql {
  /** Runs one statement after the other. */
  public void script(String text) {
    for (Parsed parsed : StatementParser.parseScript(text)) {
      conductor.execute(StatementRequest.of(parsed.text()));
    }
  }

  @Override
  public List<Object[]> rows(String select) {
    Result result = conductor.execute(StatementRequest.of(select));
    if (!(result instanceof Result.Rows rows)) {
      throw new IllegalArgumentException("Not a query with a finite answer: " + select);
    }
    List<Object[]> answer = new ArrayList<>();
    try (ResultCursor cursor = rows.cursor()) {
      while (cursor.next()) {
        Object[] row = new Object[cursor.columns().size()];
        for (int i = 0; i < row.length; i++) {
          row[i] = cursor.value(i);
        }
        answer.add(row);
      }
    }
    return answer;
  }
}
