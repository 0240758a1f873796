package io.millrace.sql;

import io.millrace.model.Name;
import java.util.Map;

/** ALTER STREAM|TABLE name SET ('key' = 'value', ...). */
public record AlterSet(Name name, boolean table, Map<String, String> options) implements Statement {
  public AlterSet {
    options = Options.copyOf(options);
  }
}
