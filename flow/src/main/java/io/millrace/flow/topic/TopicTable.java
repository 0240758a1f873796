package io.millrace.flow.topic;

import io.millrace.catalog.Relation;
import io.millrace.log.LogSettings;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import io.millrace.registry.RegistrySettings;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Everything the connector has to know about one topic in one statement. Immutable.
 *
 * @param relation the stream or table
 * @param log the cluster that holds its topic
 * @param registry where its contracts are
 * @param statement who reads or writes: owner of dead letters and of the writers' marks
 * @param epoch the submission number of the statement; a reader of marks forgets the writers of
 *     older ones
 * @param start where to read from; a restored checkpoint wins
 * @param end where to stop reading (exclusive): with it the read is bounded
 * @param delivery what a writer promises
 * @param transactionPrefix begins the transactional ids; unique per statement, the same at every
 *     start of it
 * @param transactionTimeout how long a transaction may stay open before the cluster aborts it
 * @param heartbeat how soon a watermark reaches a partition that gets no row
 * @param idle how long a partition stands at its end until it no longer holds back the watermark;
 *     empty: it always does
 * @param marks whether writers put their watermarks into record headers
 * @param preservePartitions whether every row goes to the partition it came from, modulo the number
 *     of partitions (the query then has to write the metadata column {@code partition})
 * @param created when the statement was created, which tells it from an earlier one of its name;
 *     records that it cannot read become dead letters, and are read again when they are replayed.
 *     Empty for a statement of the moment: it skips and counts them
 */
public record TopicTable(
    Relation relation,
    LogSettings log,
    RegistrySettings registry,
    Name statement,
    long epoch,
    Start start,
    Optional<Positions> end,
    Delivery delivery,
    String transactionPrefix,
    Duration transactionTimeout,
    Duration heartbeat,
    Optional<Duration> idle,
    boolean marks,
    boolean preservePartitions,
    Optional<Instant> created)
    implements Serializable {

  /** Whether records that cannot be read become dead letters. */
  public boolean deadLetters() {
    return created.isPresent();
  }

  /** The same topic, read as another relation. */
  public TopicTable withRelation(Relation another) {
    return with(another, transactionPrefix);
  }

  /** For the second of two topics that one statement writes: no two writers share an id. */
  public TopicTable withTransactionsApart(String part) {
    return with(relation, transactionPrefix + part + "/");
  }

  private TopicTable with(Relation newRelation, String newTransactionPrefix) {
    return new TopicTable(
        newRelation,
        log,
        registry,
        statement,
        epoch,
        start,
        end,
        delivery,
        newTransactionPrefix,
        transactionTimeout,
        heartbeat,
        idle,
        marks,
        preservePartitions,
        created);
  }

  /** Optional is not serializable, so the table travels with nulls in its place. */
  private Object writeReplace() {
    return new Travelling(
        relation,
        log,
        registry,
        statement,
        epoch,
        start,
        end.orElse(null),
        delivery,
        transactionPrefix,
        transactionTimeout,
        heartbeat,
        idle.orElse(null),
        marks,
        preservePartitions,
        created.orElse(null));
  }

  private record Travelling(
      Relation relation,
      LogSettings log,
      RegistrySettings registry,
      Name statement,
      long epoch,
      Start start,
      Positions end,
      Delivery delivery,
      String transactionPrefix,
      Duration transactionTimeout,
      Duration heartbeat,
      Duration idle,
      boolean marks,
      boolean preservePartitions,
      Instant created)
      implements Serializable {
    private Object readResolve() {
      return new TopicTable(
          relation,
          log,
          registry,
          statement,
          epoch,
          start,
          Optional.ofNullable(end),
          delivery,
          transactionPrefix,
          transactionTimeout,
          heartbeat,
          Optional.ofNullable(idle),
          marks,
          preservePartitions,
          Optional.ofNullable(created));
    }
  }
}
