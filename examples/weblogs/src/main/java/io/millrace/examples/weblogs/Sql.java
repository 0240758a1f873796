package io.millrace.examples.weblogs;

import java.util.List;

/** Asks a server; values print as SQL would print them. */
public interface Sql {
  List<Object[]> rows(String select);

  default long number(String select) {
    return Long.parseLong(rows(select).get(0)[0].toString());
  }
}
