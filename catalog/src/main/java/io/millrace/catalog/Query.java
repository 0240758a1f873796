package io.millrace.catalog;

import io.millrace.model.Name;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/**
 * A continuous query. The query of a derived stream or table bears the name of what it fills.
 *
 * @param sql the SELECT, as Flink SQL
 * @param plan the compiled plan (JSON), or empty until it is compiled
 * @param version counts the texts of this query, from 1
 * @param epoch raised at each submission, so that writers of an earlier one are told apart
 * @param reads the relations and views that the query names
 * @param preservesPartitions whether a row is written to the partition number it was read from
 * @param statement the CREATE statement as written
 */
public record Query(
    Name name,
    Name target,
    String sql,
    String plan,
    int version,
    long epoch,
    boolean paused,
    Set<Name> reads,
    Map<String, String> options,
    boolean preservesPartitions,
    String statement,
    Instant created)
    implements Entry {
  /** The option that names the job, as {@code schema.object}, that a query shares with others. */
  public static final String JOB = "_job";

  public Query {
    reads = Copies.sorted(reads);
    options = Copies.ordered(options);
  }

  @Override
  public EntryKey key() {
    return new EntryKey(EntryKind.QUERY, name);
  }

  /**
   * Whether this is the query of a derived stream or table, or the one that deletes a table's old
   * rows: it lives and dies with it.
   */
  public boolean belongsToTarget() {
    return name.equals(target) || Expiry.isOf(this);
  }

  /** The job that it runs in: one of its own name, unless it shares one. */
  public Name job() {
    return sharesJob() ? Name.parse(options.get(JOB)) : name;
  }

  /** Whether other queries may run in its job, too. */
  public boolean sharesJob() {
    return options.containsKey(JOB);
  }

  public Query withPlan(String newPlan) {
    return copy(newPlan, epoch, paused, options);
  }

  public Query withEpoch(long newEpoch) {
    return copy(plan, newEpoch, paused, options);
  }

  public Query withPaused(boolean nowPaused) {
    return copy(plan, epoch, nowPaused, options);
  }

  public Query withOptions(Map<String, String> newOptions) {
    return copy(plan, epoch, paused, newOptions);
  }

  /** What may change in the life of a query, changed. */
  private Query copy(
      String newPlan, long newEpoch, boolean nowPaused, Map<String, String> newOptions) {
    return new Query(
        name,
        target,
        sql,
        newPlan,
        version,
        newEpoch,
        nowPaused,
        reads,
        newOptions,
        preservesPartitions,
        statement,
        created);
  }
}
