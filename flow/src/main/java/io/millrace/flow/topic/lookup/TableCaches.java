package io.millrace.flow.topic.lookup;

import io.millrace.flow.topic.TopicTable;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The caches of this process. Subtasks of a job have no other place to share memory than a static
 * field, and a table held once per subtask would cost as many times its memory. A cache lives as
 * long as somebody uses it. Thread-safe.
 */
final class TableCaches {
  private static final TableCaches OF_THIS_PROCESS = new TableCaches();

  private final Map<Id, Use> caches = new HashMap<>();

  private record Id(
      String bootstrap, String topic, int contract, List<Integer> columns, List<Integer> keys) {}

  private static final class Use {
    private final TableCache cache;
    private int users = 1;

    Use(TableCache cache) {
      this.cache = cache;
    }
  }

  static TableCaches ofThisProcess() {
    return OF_THIS_PROCESS;
  }

  private static Id id(TopicTable table, int[] projection, int[] keyColumns) {
    return new Id(
        table.log().bootstrap(),
        table.relation().topic(),
        table.relation().valueSchemaId(),
        Arrays.stream(projection).boxed().toList(),
        Arrays.stream(keyColumns).boxed().toList());
  }

  /** A loaded cache; give it back with {@link #release}. */
  TableCache acquire(TopicTable table, int[] projection, int[] keyColumns) {
    Id id = id(table, projection, keyColumns);
    TableCache cache;
    synchronized (this) {
      Use use = caches.get(id);
      if (use != null && !use.cache.hasFailed()) {
        use.users++;
      } else {
        use = new Use(new TableCache(table, projection, keyColumns));
        caches.put(id, use);
      }
      cache = use.cache;
    }
    try {
      cache.load();
    } catch (RuntimeException e) {
      release(cache);
      throw e;
    }
    return cache;
  }

  synchronized void release(TableCache cache) {
    boolean last = true;
    for (var i = caches.entrySet().iterator(); i.hasNext(); ) {
      Use use = i.next().getValue();
      if (use.cache == cache) {
        last = --use.users == 0;
        if (last) {
          i.remove();
        }
      }
    }
    if (last) {
      cache.close();
    }
  }
}
