package io.millrace.sink;

/**
 * Which writer this is.
 *
 * @param subtask from 0 to {@code subtasks - 1}
 * @param epoch the delivery's submission number: a writer of a lower one is a zombie
 */
public record WriterContext(int subtask, int subtasks, long epoch) {}
