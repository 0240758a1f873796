package io.millrace.flow;

import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import java.util.Optional;
import java.util.Set;

/**
 * What the planner knows of a query before it runs.
 *
 * @param schema the output columns; its primary key is the query's upsert key, where there is one
 * @param insertOnly whether no output row is ever changed or withdrawn
 * @param rowByRow whether each output row comes from one row of the only input, without an exchange
 *     between: such a query keeps the partitions of its input
 * @param reads the relations and views that the query names, views' own inputs included
 * @param rowtime the output column that carries event time
 * @param marksFlow whether every input has an event time, so that the output's watermark can travel
 *     with its rows
 */
public record QueryShape(
    RowSchema schema,
    boolean insertOnly,
    boolean rowByRow,
    Set<Name> reads,
    Optional<String> rowtime,
    boolean marksFlow) {
  public QueryShape {
    reads = Set.copyOf(reads);
  }
}
