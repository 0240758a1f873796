package io.millrace.flow.plan;

import io.millrace.catalog.Relation;
import io.millrace.flow.FlowSettings;
import io.millrace.flow.topic.Delivery;
import io.millrace.flow.topic.Start;
import io.millrace.flow.topic.TopicTable;
import io.millrace.log.LogSettings;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import io.millrace.model.Units;
import io.millrace.registry.RegistrySettings;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/**
 * How one statement reads and writes its topics. Immutable.
 *
 * @param statement who reads and writes
 * @param epoch the statement's submission number
 * @param start where reading a relation begins without a checkpoint
 * @param end where it ends; empty: never
 * @param created when the statement was created; empty for one of the moment, which keeps no dead
 *     letters
 * @param marks whether watermarks are written into record headers
 */
public record TopicTables(
    Name statement,
    long epoch,
    Function<Relation, Start> start,
    Function<Relation, Optional<Positions>> end,
    Delivery delivery,
    Optional<Instant> created,
    boolean marks) {

  /** Begins every transactional id of Millrace. */
  private static final String TRANSACTIONS = "millrace/";

  /** For planning alone: nothing is read or written. */
  static TopicTables planning() {
    return new TopicTables(
        Name.of("planning"),
        0,
        r -> Start.EARLIEST,
        r -> Optional.empty(),
        Delivery.EXACTLY_ONCE,
        Optional.empty(),
        true);
  }

  /**
   * Begins the transactional ids of a statement and of no other: names hold no slash, so that the
   * ids of {@code a} cannot be taken for those of {@code a-1}.
   */
  public static String transactionPrefix(Name statement) {
    return TRANSACTIONS + statement.folded() + "/";
  }

  /** The statement that a transactional id belongs to, if it is one of ours. */
  public static Optional<String> owner(String transactionalId) {
    int end = transactionalId.indexOf('/', TRANSACTIONS.length());
    return transactionalId.startsWith(TRANSACTIONS) && end > 0
        ? Optional.of(transactionalId.substring(TRANSACTIONS.length(), end))
        : Optional.empty();
  }

  /** How long a partition of this relation may stand at its end before it counts as idle. */
  public static Optional<Duration> idle(Relation relation) {
    String idle = relation.options().get("idle");
    if (idle == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Units.duration(idle));
    } catch (IllegalArgumentException e) {
      throw new MillraceException(ErrorCode.INVALID_OPTION, "Invalid value for 'idle': " + idle, e)
          .hint("Write a number and its unit: 30 seconds.");
    }
  }

  /** For a statement that says nothing of the time of what it writes to. */
  public TopicTables withoutMarks() {
    return new TopicTables(statement, epoch, start, end, delivery, created, false);
  }

  /** The relation as this statement's connectors see it. */
  public TopicTable of(
      Relation relation,
      boolean preservePartitions,
      FlowSettings settings,
      LogSettings log,
      RegistrySettings registry) {
    return new TopicTable(
        relation,
        log,
        registry,
        statement,
        epoch,
        start.apply(relation),
        end.apply(relation),
        delivery,
        transactionPrefix(statement),
        settings.transactionTimeout(),
        settings.heartbeat(),
        idle(relation),
        marks,
        preservePartitions,
        created);
  }
}
