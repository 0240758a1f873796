package io.millrace.serving;

import io.millrace.model.Positions;
import java.time.Instant;
import java.util.Optional;

/**
 * How a serving copy stands.
 *
 * @param rows rows that a SELECT sees
 * @param positions the next records to copy: all before them are in
 * @param skipped records that could not be read as rows and were left out
 * @param since from when on a stream's copy is whole; empty where it holds all the topic holds
 * @param lastError why the copy stands still, as one sentence
 */
public record ServingStatus(
    long rows,
    Positions positions,
    long skipped,
    Optional<Instant> since,
    Optional<String> lastError) {}
