package io.millrace.sink;

import java.io.Serializable;

/**
 * One sink, ready to be written to; sent to the tasks that write. Two shapes: {@link StagedSink}
 * where what is written can be kept out of sight until a commit, {@link IdempotentSink} where rows
 * are written by key and may be written again.
 */
public sealed interface Sink extends Serializable permits StagedSink, IdempotentSink {}
