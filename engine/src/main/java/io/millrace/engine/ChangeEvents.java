package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.format.Formats;
import io.millrace.format.debezium.DebeziumContract;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.Contracts;
import io.millrace.registry.Contracts.Contract;
import java.util.List;
import java.util.Optional;

/** Topics of change events that others write, and tables over them. */
final class ChangeEvents {
  private final Contracts contracts;

  ChangeEvents(Contracts contracts) {
    this.contracts = contracts;
  }

  /**
   * Columns and key of a table as they are declared; what is not, as the topic's contracts have it.
   * INVALID_QUERY where neither says it.
   */
  RowSchema schema(String what, List<Column> columns, List<String> key, String topic) {
    return Columns.keyed(
        columns.isEmpty() ? columns(what, topic) : columns, key.isEmpty() ? key(what, topic) : key);
  }

  private List<Column> columns(String what, String topic) {
    return DebeziumContract.columns(
        contract(what, topic + "-value", "it has no columns", "Declare the columns").schema());
  }

  private List<String> key(String what, String topic) {
    return DebeziumContract.keyColumns(
        contract(what, topic + "-key", "it has no PRIMARY KEY", "Add PRIMARY KEY (column, ...)")
            .schema());
  }

  private Contract contract(String what, String subject, String missing, String remedy) {
    return contracts
        .latest(subject)
        .orElseThrow(
            () ->
                new MillraceException(
                        ErrorCode.INVALID_QUERY,
                        "Cannot create "
                            + what
                            + ": "
                            + missing
                            + ", and the registry has no contract "
                            + subject)
                    .hint(remedy + "; only of Avro they are read from the registry."));
  }

  /** Of a table over changes that others write, and of those. */
  static void refuseWrites(CatalogImage image, Relation target) {
    Name table = History.tableOf(target.name()).orElse(target.name());
    Optional<Relation> changes =
        image.relation(History.changes(table)).filter(c -> Formats.isDebezium(c.format()));
    changes.ifPresent(
        bound -> {
          throw new MillraceException(
                  ErrorCode.NOT_SUPPORTED,
                  "Cannot write to "
                      + target.name()
                      + ": its changes are those of topic "
                      + bound.topic()
                      + ", which others write")
              .hint("Change the rows in the database of which that topic tells.");
        });
  }
}
