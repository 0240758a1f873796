package io.millrace.sink.snowflake;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.sink.Capability;
import io.millrace.sink.Guarantee;
import io.millrace.sink.Sink;
import io.millrace.sink.SinkConnector;
import io.millrace.sink.SinkDefinition;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * {@code INTO snowflake}: a stream is appended to a table of a Snowflake account, a table is merged
 * into one, each row exactly once.
 */
public final class SnowflakeConnector implements SinkConnector {
  private static final long serialVersionUID = 1L;

  static final Setting<String> TABLE =
      Setting.text("table", null, "The table: `[[database.]schema.]table`.");
  static final Setting<String> STAGE =
      Setting.text(
          "stage", "MILLRACE_STAGE", "The stage, internal or external, that files are put to.");
  static final Setting<Boolean> CREATE =
      Setting.onOff(
          "create", "on", "Whether to make the table, stage, file format and ledger if missing.");
  static final Setting<TargetTable.Evolve> EVOLVE =
      Setting.oneOf(
          "evolve",
          TargetTable.Evolve.class,
          "columns",
          "How the table follows the contract: `off`, `columns` (added), `types` (widened too).");
  static final Setting<Boolean> LINEAGE =
      Setting.onOff(
          "lineage-columns",
          "off",
          "Whether each row says its partition and offset, in `MILLRACE_PARTITION` and"
              + " `MILLRACE_OFFSET`.");
  static final Setting<Long> MAX_ROWS =
      Setting.number("max-rows", "50000000", "Rows after which a staged file is full.");
  static final Setting<Long> MAX_BYTES =
      Setting.bytes("max-bytes", "200 MB", "Size at which a staged file is full.");
  static final Setting<Long> MEMORY =
      Setting.bytes("memory", "64 MB", "What a task gathers in memory before it writes it out.");

  private static final Pattern STAGE_NAME = Pattern.compile("([A-Za-z_]\\w*\\.){0,2}[A-Za-z_]\\w*");
  private static final Map<String, Setting<?>> ALIASES = new TreeMap<>(Login.ALIASES);

  static {
    ALIASES.put("dbtable", TABLE);
    ALIASES.put("streaming_stage", STAGE);
  }

  @Override
  public String type() {
    return "snowflake";
  }

  /** The plain names first, then those of Spark's connector. */
  @Override
  public List<Setting<?>> settings() {
    return Stream.concat(
            plain().stream(),
            ALIASES.entrySet().stream()
                .map(
                    alias ->
                        Setting.text(
                            alias.getKey(), null, "The same as `" + alias.getValue().key() + "`.")))
        .toList();
  }

  private static List<Setting<?>> plain() {
    return Stream.concat(
            Login.SETTINGS.stream(),
            Stream.of(TABLE, STAGE, CREATE, EVOLVE, LINEAGE, MAX_ROWS, MAX_BYTES, MEMORY))
        .collect(Collectors.toList());
  }

  @Override
  public List<Setting<?>> secrets() {
    return settings().stream()
        .filter(
            setting ->
                setting == Login.KEY
                    || setting == Login.PASSPHRASE
                    || ALIASES.get(setting.key()) == Login.KEY)
        .toList();
  }

  @Override
  public Capability capability() {
    return new Capability(Guarantee.EXACTLY_ONCE, true, true);
  }

  @Override
  public Sink create(SinkDefinition definition) {
    String what = "sink " + definition.name();
    Settings settings = settings(what, definition.options());
    Login login = Login.of(settings);
    boolean lineage = settings.get(LINEAGE);
    String table = qualified(settings.get(TABLE), login);
    TargetTable target = new TargetTable(what, table, definition.schema(), lineage);
    Ledger ledger = new Ledger(definition.name().folded());
    String stage = stage(settings);
    List<TargetColumn> columns;
    try (Session session = new Session(login)) {
      if (settings.get(CREATE)) {
        session.execute("CREATE STAGE IF NOT EXISTS " + stage);
        session.execute(
            "CREATE FILE FORMAT IF NOT EXISTS "
                + SnowflakeSink.FORMAT
                + " TYPE = PARQUET BINARY_AS_TEXT = FALSE");
        for (String own : Ledger.TABLES) {
          session.execute(own);
        }
      }
      columns = target.prepare(session, settings.get(CREATE), settings.get(EVOLVE));
      ledger.open(session);
    } catch (SQLException e) {
      throw Failures.refused("Cannot create " + what, e);
    }
    return new SnowflakeSink(
        login,
        ledger,
        folder(definition.name().folded()),
        table,
        stage,
        columns,
        definition.table() ? keys(definition.schema(), columns) : List.of(),
        lineage,
        new SnowflakeSink.Limits(
            positive(MAX_ROWS, settings),
            positive(MAX_BYTES, settings),
            positive(MEMORY, settings)));
  }

  @Override
  public void check(SinkDefinition definition) {
    String what = "sink " + definition.name();
    Settings settings = settings(what, definition.options());
    Login login = Login.of(settings);
    String table = qualified(settings.get(TABLE), login);
    try (Session session = new Session(login)) {
      new TargetTable(what, table, definition.schema(), settings.get(LINEAGE))
          .check(session, settings.get(CREATE), settings.get(EVOLVE));
    } catch (SQLException e) {
      throw Failures.refused("Cannot ask the account of " + what, e);
    }
  }

  /** Under their plain names; one that is given under both is refused. */
  private Settings settings(String what, Map<String, String> options) {
    Settings.of(what, options, settings());
    Map<String, String> plain = new TreeMap<>();
    options.forEach(
        (key, value) -> {
          String folded = key.toLowerCase(Locale.ROOT);
          String name = ALIASES.containsKey(folded) ? ALIASES.get(folded).key() : folded;
          if (plain.put(name, value) != null) {
            throw new MillraceException(
                    ErrorCode.INVALID_OPTION, "Invalid key for " + what + ": " + key)
                .hint("It is the same as '" + name + "': keep one of them.");
          }
        });
    return Settings.of(what, plain, plain());
  }

  private static String qualified(String text, Login login) {
    List<String> parts =
        new ArrayList<>(
            Arrays.stream(text.split("\\.(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)"))
                .map(Sql::unquote)
                .toList());
    if (parts.size() > 3 || parts.stream().anyMatch(String::isEmpty)) {
      throw new MillraceException(ErrorCode.INVALID_OPTION, "Invalid value for 'table': " + text)
          .hint("Write [[database.]schema.]table.");
    }
    if (parts.size() == 1) {
      parts.add(0, login.schema());
    }
    if (parts.size() == 2) {
      parts.add(0, login.database());
    }
    return parts.stream().map(Sql::quote).collect(Collectors.joining("."));
  }

  /** As it is written: it stands in statements behind an at sign. */
  private static String stage(Settings settings) {
    String stage = settings.get(STAGE);
    if (!STAGE_NAME.matcher(stage).matches()) {
      throw new MillraceException(ErrorCode.INVALID_OPTION, "Invalid value for 'stage': " + stage)
          .hint("Write [[database.]schema.]stage in letters, digits and '_'.");
    }
    return stage;
  }

  private static List<String> keys(RowSchema schema, List<TargetColumn> columns) {
    return Arrays.stream(schema.keyIndexes()).mapToObj(i -> columns.get(i).name()).toList();
  }

  /** The sink's name where only letters, digits, '_', '.' and '-' are sure to need no quotes. */
  private static String folder(String name) {
    StringBuilder folder = new StringBuilder();
    for (char c : name.toCharArray()) {
      if (c < 128 && (Character.isLetterOrDigit(c) || c == '_' || c == '.' || c == '-')) {
        folder.append(c);
      } else {
        folder.append(String.format("+%04X", (int) c));
      }
    }
    return folder.toString();
  }

  private static long positive(Setting<Long> setting, Settings settings) {
    long value = settings.get(setting);
    if (value <= 0) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION, "Invalid value for '" + setting.key() + "': " + value)
          .hint("Write a number above 0.");
    }
    return value;
  }
}
