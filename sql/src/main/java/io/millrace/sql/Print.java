package io.millrace.sql;

import java.util.OptionalLong;

/**
 * PRINT topic [FROM BEGINNING] [LIMIT n]: the records of a topic, or of the topic of a stream or
 * table.
 */
public record Print(String topicOrName, boolean fromBeginning, OptionalLong limit)
    implements Statement {}
