package io.millrace.sink;

import java.io.Serializable;

/**
 * Names what one checkpoint of one submission staged.
 *
 * @param epoch the delivery's submission number
 * @param checkpoint the number of the checkpoint, rising within and across submissions
 */
public record EpochId(long epoch, long checkpoint) implements Serializable {}
