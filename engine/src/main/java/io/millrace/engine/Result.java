package io.millrace.engine;

import io.millrace.flow.ChangeCursor;
import io.millrace.serving.ResultCursor;
import java.util.Map;
import java.util.OptionalLong;

/** What a statement answers. A caller closes the cursor that it is given. */
public sealed interface Result {
  /** Something was done: one sentence, and what clients may want of it, by name. */
  record Message(String text, Map<String, Object> details) implements Result {
    public Message(String text) {
      this(text, Map.of());
    }
  }

  /** A finite answer. */
  record Rows(ResultCursor cursor) implements Result {}

  /** An answer that goes on; after {@code limit} rows, where given, the caller stops. */
  record Changes(ChangeCursor cursor, OptionalLong limit) implements Result {}
}
