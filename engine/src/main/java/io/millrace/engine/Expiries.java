package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Expiry;
import io.millrace.catalog.History;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Units;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Tables whose rows are deleted once they are too old, and the queries that do it. */
final class Expiries {
  private Expiries() {}

  /**
   * Throws NOT_SUPPORTED or INVALID_OPTION where nobody could tell how old the rows of such a table
   * are, or another system says which there are.
   */
  static void check(CatalogImage image, Relation table) {
    if (Expiry.of(table.options()).isEmpty()) {
      return;
    }
    String what = "Cannot let rows of " + table.name() + " expire: ";
    image.sources().stream()
        .filter(source -> source.owns(table.name()))
        .findFirst()
        .ifPresent(
            source -> {
              throw new MillraceException(
                      ErrorCode.NOT_SUPPORTED,
                      what + "source " + source.name() + " says which rows there are")
                  .hint("Delete them in the system that it reads, or derive a table from it.");
            });
    if (History.tableOf(table.name()).flatMap(image::relation).isPresent()) {
      throw new MillraceException(
          ErrorCode.NOT_SUPPORTED, what + "they are versions, and are made of changes");
    }
    table
        .watermark()
        .filter(watermark -> table.schema().indexOf(watermark.column()) < 0)
        .ifPresent(
            watermark -> {
              throw new MillraceException(
                      ErrorCode.INVALID_OPTION,
                      what + "event time " + watermark.column() + " is not held in its records")
                  .hint("Declare the WATERMARK on a column of the contract, or none.");
            });
    if (table.name().isInternal()) {
      throw new MillraceException(ErrorCode.INVALID_NAME, what + "it belongs to Millrace itself");
    }
  }

  private static Map<String, String> options(Relation table, Duration expire) {
    Map<String, String> options = new TreeMap<>(RelationOptions.ofJob(table.options()));
    options.put(Expiry.OPTION, Units.text(expire));
    return options;
  }

  /** The query that a table needs for that; none where its rows stay, or its changes say it. */
  static Optional<Query> query(Relation table) {
    return Expiry.of(table.options())
        .filter(expire -> !History.isKeptOf(table))
        .map(
            expire ->
                new Query(
                    Expiry.query(table.name()),
                    table.name(),
                    "",
                    "",
                    1,
                    0,
                    false,
                    Set.of(),
                    options(table, expire),
                    false,
                    "",
                    Instant.now()));
  }
}
