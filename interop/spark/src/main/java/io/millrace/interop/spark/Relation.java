package io.millrace.interop.spark;

import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import io.millrace.registry.Contracts.Contract;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A stream or table as its topic and contracts tell it: a compacted topic with a key contract is a
 * table, any other a stream. Immutable.
 *
 * @param keySchemaId -1 for a stream
 * @param comment may be null
 */
record Relation(
    Name name, String topic, RowSchema schema, int keySchemaId, int valueSchemaId, String comment)
    implements Serializable {
  private static final String VALUE = "-value";

  boolean isTable() {
    return keySchemaId >= 0;
  }

  /** What errors call it. */
  String what() {
    return (isTable() ? "table " : "stream ") + name;
  }

  /**
   * The stream or table of this name; NOT_FOUND where there is no topic with a contract,
   * INVALID_OPTION where nothing tells which column the key is.
   */
  static Relation require(Connections connections, Name name, SourceOptions options) {
    Optional<ServerDoor.Described> described =
        options.find(SourceOptions.URL).map(url -> ServerDoor.describe(url, name));
    String topic =
        described.map(ServerDoor.Described::topic).orElseGet(() -> topic(connections, name));
    Contract value =
        connections
            .contracts()
            .latest(topic + VALUE)
            .orElseThrow(
                () ->
                    new MillraceException(
                            ErrorCode.NOT_FOUND,
                            "Cannot read "
                                + name
                                + ": the registry has no contract "
                                + topic
                                + VALUE)
                        .hint(
                            "Topics without a contract are read by Spark's own 'kafka' source, or"
                                + " made a typed stream by CREATE STREAM ... AS SELECT."));
    boolean compacted =
        connections.log().find(topic).orElseThrow(() -> missing(name, topic)).compacted();
    Optional<Contract> key =
        compacted ? connections.contracts().latest(topic + "-key") : Optional.empty();
    List<Column> columns =
        new ArrayList<>(AvroContracts.rowSchema(value.schema(), List.of()).columns());
    List<String> primaryKey = new ArrayList<>();
    key.ifPresent(
        contract -> {
          Optional<String> said =
              options
                  .find(SourceOptions.KEY)
                  .or(() -> described.flatMap(d -> d.key().stream().findFirst()));
          for (Column column : keyColumns(name, contract, value, columns, said)) {
            primaryKey.add(column.name());
            if (columns.stream().noneMatch(c -> c.name().equalsIgnoreCase(column.name()))) {
              columns.add(0, column);
            }
          }
        });
    return new Relation(
        name,
        topic,
        new RowSchema(columns, primaryKey),
        key.map(Contract::id).orElse(-1),
        value.id(),
        AvroContracts.comment(value.schema()).orElse(null));
  }

  /**
   * A key of one column is a plain value without a name. In contracts that Millrace made it is a
   * column that is NOT NULL and of the same type; a foreign key is a column of its own, {@code
   * key}.
   */
  private static List<Column> keyColumns(
      Name name, Contract key, Contract value, List<Column> columns, Optional<String> said) {
    Column plain = AvroContracts.keyColumns(key.schema(), said.orElse("key")).get(0);
    if (said.isPresent()
        || !AvroContracts.isPlainKey(key.schema())
        || !AvroContracts.isOurs(value.schema())) {
      return AvroContracts.keyColumns(key.schema(), said.orElse("key"));
    }
    List<Column> candidates =
        columns.stream().filter(column -> column.type().equals(plain.type())).toList();
    if (candidates.size() != 1) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION,
              "Cannot tell which column is the key of table "
                  + name
                  + ": "
                  + (candidates.isEmpty()
                      ? "none is " + plain.type()
                      : candidates.stream().map(Column::name).collect(Collectors.joining(", "))))
          .hint("Set option 'key' to the column, or 'url' to the server's address.");
    }
    return candidates;
  }

  /** The topic of that name; names compare without case where none is written so. */
  private static String topic(Connections connections, Name name) {
    if (connections.log().find(name.topic()).isPresent()) {
      return name.topic();
    }
    return topics(connections).stream()
        .filter(name.topic()::equalsIgnoreCase)
        .findFirst()
        .orElseThrow(() -> missing(name, name.topic()));
  }

  private static MillraceException missing(Name name, String topic) {
    return new MillraceException(
            ErrorCode.NOT_FOUND, "Cannot find " + name + ": there is no topic " + topic)
        .hint("SHOW TABLES IN a catalog of class MillraceCatalog lists what there is.");
  }

  private static Set<String> topics(Connections connections) {
    return connections.log().list().stream()
        .filter(topic -> !topic.internal())
        .map(topic -> topic.topic())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Every topic with a contract, without those that are Millrace's own. */
  static List<Name> list(Connections connections) {
    Set<String> subjects = Set.copyOf(connections.contracts().subjects());
    return topics(connections).stream()
        .filter(topic -> subjects.contains(topic + VALUE))
        .map(Relation::name)
        .filter(name -> !name.isInternal())
        .toList();
  }

  /** The name whose topic this is. */
  private static Name name(String topic) {
    int last = topic.lastIndexOf('.');
    String suffix = topic.substring(last + 1);
    return Name.parse(
        last > 0 && (suffix.equals("changes") || suffix.equals("history"))
            ? topic.substring(0, last) + "$" + suffix
            : topic);
  }
}
