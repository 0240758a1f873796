package io.millrace.sink;

import java.io.Serializable;

/**
 * One sink, ready to be written to: an immutable value that is sent to the tasks that write. Two
 * shapes: {@link StagedSink} where what is written can be kept out of sight until a commit, {@link
 * IdempotentSink} where rows are written by key and may be written again.
 *
 * <p>Writers and committers are each used by one thread at a time; several of them, of several
 * subtasks, are at work at once, also in one process.
 *
 * <p>How a sink says that something failed, and what the delivery then does:
 *
 * <ul>
 *   <li>{@link RowRefusedException}, from a row's {@code endRow()}: this row alone goes to the dead
 *       letters and the others go on. The writer stays usable.
 *   <li>{@link java.io.IOException}, or {@link java.io.UncheckedIOException} from the row writer:
 *       the place may recover, so the delivery restarts from its last checkpoint. The writer is
 *       closed and not used again.
 *   <li>{@link io.millrace.model.MillraceException} with code SINK_FAILED: trying again would not
 *       help, such as when a newer submission has taken over or a staged file is gone. The delivery
 *       stops and shows the sentence and its hint until a person sees to it.
 * </ul>
 */
public sealed interface Sink extends Serializable permits StagedSink, IdempotentSink {}
