package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;

/** What receives a server's answer as it arrives. */
interface Answer {
  /** A column's name and its type as SQL text. */
  record Column(String name, String type) {
    boolean isNumber() {
      return type.matches("(INT|BIGINT|FLOAT|DOUBLE|DECIMAL).*");
    }
  }

  void message(String text) throws IOException;

  /** Rows of these columns follow; {@code push} where they come without end. */
  void columns(List<Column> columns, boolean push) throws IOException;

  /** {@code op} is {@code +}, {@code -}, {@code u} or {@code U}. */
  void row(String op, List<JsonNode> values) throws IOException;

  /** Called in a push answer when nothing is ready: show what came so far. */
  void pause() throws IOException;

  void end() throws IOException;
}
