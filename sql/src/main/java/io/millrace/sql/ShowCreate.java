package io.millrace.sql;

import io.millrace.model.Name;

/** SHOW CREATE name: the statement that made it. */
public record ShowCreate(Name name) implements Statement {}
