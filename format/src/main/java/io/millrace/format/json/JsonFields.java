package io.millrace.format.json;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The fields of a JSON object and their columns, by name. Remembers which it has seen. */
public final class JsonFields {
  private static final int MAX_KNOWN = 4096;
  private static final int MAX_KNOWN_LENGTH = 128;

  /** A field: its column, its type, and, where they are inside, its own fields or its items. */
  public static final class Field {
    public final String name;
    public final DataType type;
    final int target;
    final JsonFields fields;
    final Field item;

    Field(String name, DataType type, int target) {
      this.name = name;
      this.type = type;
      this.target = target;
      fields = type instanceof DataType.Row row ? new JsonFields(row.fields(), null) : null;
      if (type instanceof DataType.Array array) {
        item = new Field(name, array.element(), 0);
      } else {
        item = type instanceof DataType.Map map ? new Field(name, map.value(), 1) : null;
      }
    }
  }

  private final Field[] fields;
  private final long[] seen;
  private final Map<String, Integer> known = new HashMap<>();
  private final Map<String, Integer> folded = new HashMap<>();
  private long object;

  /** {@code targets}: where columns go, -1 for none; null for all in their places. */
  public JsonFields(List<Column> columns, int[] targets) {
    fields = new Field[columns.size()];
    seen = new long[fields.length];
    for (int i = 0; i < fields.length; i++) {
      Column column = columns.get(i);
      fields[i] = new Field(column.name(), column.type(), targets == null ? i : targets[i]);
      known.put(column.name(), i);
      folded.put(column.name().toLowerCase(Locale.ROOT), i);
    }
  }

  /** A new object begins: no field of it has been seen. */
  public void begin() {
    object++;
  }

  /** The index of a field by its name, compared without case as a last resort; -1 for none. */
  public int indexOf(String name) {
    Integer index = known.get(name);
    if (index == null) {
      index = folded.getOrDefault(name.toLowerCase(Locale.ROOT), -1);
      if (known.size() < MAX_KNOWN && name.length() <= MAX_KNOWN_LENGTH) {
        known.put(name, index);
      }
    }
    return index;
  }

  Field field(int index) {
    return fields[index];
  }

  /** Notes a field and answers whether it is the object's first of that name. */
  public boolean see(int index) {
    boolean first = seen[index] != object;
    seen[index] = object;
    return first;
  }

  /** A NOT NULL column asked for that the object did not have; null where there is none. */
  public Field missing() {
    for (int i = 0; i < fields.length; i++) {
      if (seen[i] != object && !fields[i].type.nullable() && fields[i].target >= 0) {
        return fields[i];
      }
    }
    return null;
  }
}
