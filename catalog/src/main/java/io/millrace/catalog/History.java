package io.millrace.catalog;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The two relations beside a table {@code t WITH ('history' = 'scd2')}: the stream {@code
 * t$changes}, into which everything that happens to a row is written and from which {@code t}
 * itself is filled, and the table {@code t$history} of its versions (slowly changing dimension type
 * 2: Kimball, "The Data Warehouse Toolkit").
 */
public final class History {
  /** The option of a table that keeps its history, and its only value. */
  public static final String OPTION = "history";

  public static final String SCD2 = "scd2";

  /** The option that names the columns whose change makes a version. */
  public static final String TRACKED = "history.columns";

  /** Columns of {@code t$changes}; {@code op} is {@code c}, {@code u}, {@code d} or {@code r}. */
  public static final String OP = "op";

  public static final String BEFORE = "before";
  public static final String AFTER = "after";
  public static final String SOURCE_TIME = "source_time";
  public static final String SOURCE_POSITION = "source_position";

  /** Columns of {@code t$history} behind those of the table. */
  public static final String VALID_FROM = "valid_from";

  public static final String VALID_TO = "valid_to";
  public static final String IS_CURRENT = "is_current";
  public static final String HISTORY_ID = "history_id";

  private static final List<String> OF_VERSIONS =
      List.of(VALID_FROM, VALID_TO, IS_CURRENT, HISTORY_ID);

  private static final String CHANGES_SUFFIX = "$changes";
  private static final String VERSIONS_SUFFIX = "$history";

  private History() {}

  /** Marks a table that its own query fills: its versions are made of its rows, not of changes. */
  public static final String OF_ROWS = "_history_of_rows";

  /** Whether a table with its history is made of a stream of changes. */
  public static boolean isKeptOf(Relation relation) {
    return hasVersions(relation) && !relation.options().containsKey(OF_ROWS);
  }

  /** Whether there is {@code t$history} beside the table. */
  public static boolean hasVersions(Relation relation) {
    return relation.options().containsKey(OPTION);
  }

  /** Whether {@code t$history} has a column of this name behind those of the table. */
  public static boolean isOfVersions(String column) {
    return OF_VERSIONS.stream().anyMatch(column::equalsIgnoreCase);
  }

  public static Name changes(Name table) {
    return new Name(table.schema(), table.object() + CHANGES_SUFFIX);
  }

  public static Name versions(Name table) {
    return new Name(table.schema(), table.object() + VERSIONS_SUFFIX);
  }

  /** The table that a stream of changes or a table of versions stands beside, by its name. */
  public static Optional<Name> tableOf(Name name) {
    String object = name.object().toLowerCase(Locale.ROOT);
    for (String suffix : List.of(CHANGES_SUFFIX, VERSIONS_SUFFIX)) {
      if (object.endsWith(suffix) && object.length() > suffix.length()) {
        String table = name.object().substring(0, object.length() - suffix.length());
        return Optional.of(new Name(name.schema(), table));
      }
    }
    return Optional.empty();
  }

  public static RowSchema changes(RowSchema table) {
    DataType row =
        new DataType.Row(
            table.columns().stream()
                .map(c -> new Column(c.name(), c.type().withNullable(true), c.comment()))
                .toList(),
            true);
    return RowSchema.of(
        new Column(OP, DataType.STRING.withNullable(false)),
        new Column(BEFORE, row),
        new Column(AFTER, row),
        new Column(SOURCE_TIME, DataType.timestampLtz(6).withNullable(false)),
        new Column(SOURCE_POSITION, DataType.BIGINT));
  }

  public static RowSchema versions(RowSchema table) {
    List<Column> columns = new ArrayList<>(table.columns());
    columns.add(new Column(VALID_FROM, DataType.timestampLtz(6).withNullable(false)));
    columns.add(new Column(VALID_TO, DataType.timestampLtz(6)));
    columns.add(new Column(IS_CURRENT, DataType.BOOLEAN.withNullable(false)));
    columns.add(new Column(HISTORY_ID, DataType.STRING.withNullable(false)));
    List<String> key = new ArrayList<>(table.primaryKey());
    key.add(VALID_FROM);
    return new RowSchema(columns, key);
  }
}
