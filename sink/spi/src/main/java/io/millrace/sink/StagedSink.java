package io.millrace.sink;

import java.io.IOException;

/**
 * A sink in two steps. Its life under one delivery:
 *
 * <ol>
 *   <li>What the last checkpoint had staged is committed again: {@link #committer()}, {@link
 *       Committer#commit} per {@link Staged}. It may be committed already.
 *   <li>Each task opens one {@link #writer}; its epoch is higher than any before.
 *   <li>The writer takes rows. At each checkpoint {@link StagedWriter#stage} makes what it holds
 *       durable but invisible.
 *   <li>Once the checkpoint is complete, each {@link Staged} is committed.
 *   <li>After a crash: from 1, with the rows behind the last complete checkpoint read again. What
 *       was staged and is in no complete checkpoint is never committed.
 * </ol>
 *
 * <p>An {@link IOException} means: try again by a restart. A {@code MillraceException} SINK_FAILED
 * means: stop, a person must see to it.
 */
public non-sealed interface StagedSink extends Sink {
  StagedWriter writer(WriterContext context) throws IOException;

  Committer committer() throws IOException;
}
