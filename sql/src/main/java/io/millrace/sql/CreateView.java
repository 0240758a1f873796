package io.millrace.sql;

import io.millrace.model.Name;
import java.util.Optional;

/** CREATE [OR REPLACE] VIEW [IF NOT EXISTS] name [COMMENT] AS query. */
public record CreateView(
    Name name, boolean orReplace, boolean ifNotExists, Optional<String> comment, QueryText query)
    implements Statement {}
