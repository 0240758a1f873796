package io.millrace.sql;

import io.millrace.model.Name;
import java.util.Optional;

/** REPLAY DEAD LETTERS [OF statement] [WHERE condition]. */
public record ReplayDeadLetters(Optional<Name> of, Optional<QueryText> where)
    implements Statement {}
