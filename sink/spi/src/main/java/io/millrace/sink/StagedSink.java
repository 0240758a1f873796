package io.millrace.sink;

import java.io.IOException;

/**
 * A sink in two steps. Its life under one delivery:
 *
 * <ol>
 *   <li>What the last complete checkpoint had staged is committed again: {@link #committer()},
 *       {@link Committer#commit} per {@link Staged}. It may be committed already. All of it is
 *       committed before the first {@link Staged} of the new submission is, but not always before
 *       the new writers open.
 *   <li>Each task opens one {@link #writer}. A submission's epoch is higher than any before it; a
 *       restart within a submission keeps its epoch.
 *   <li>The writer takes rows. At each checkpoint {@link StagedWriter#stage} makes what it holds
 *       durable but invisible.
 *   <li>Once the checkpoint is complete, each {@link Staged} is committed, in any order and by any
 *       subtask's committer.
 *   <li>After a crash: from 1, with the rows behind the last complete checkpoint read again. What
 *       was staged and is in no complete checkpoint is never committed; the sink clears it away
 *       once it is sure of that, which is when the first {@link Staged} of a newer epoch is
 *       committed.
 * </ol>
 *
 * <p>A writer of an older epoch than the newest seen is a zombie, such as a task that was cut off
 * and does not know it: opening it, or at the latest its {@code stage}, is SINK_FAILED. Failures
 * are described at {@link Sink}.
 */
public non-sealed interface StagedSink extends Sink {
  StagedWriter writer(WriterContext context) throws IOException;

  Committer committer() throws IOException;
}
