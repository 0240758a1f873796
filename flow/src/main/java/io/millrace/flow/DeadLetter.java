package io.millrace.flow;

import io.millrace.model.Name;
import java.time.Instant;
import java.util.Map;

/**
 * A refused record that is to be read again.
 *
 * @param statement who refused it
 * @param stage where in the statement
 * @param timestamp the record's
 * @param key may be null, as {@code value} may
 */
public record DeadLetter(
    Name statement,
    String stage,
    String topic,
    int partition,
    long offset,
    Instant timestamp,
    byte[] key,
    byte[] value,
    Map<String, byte[]> headers) {}
