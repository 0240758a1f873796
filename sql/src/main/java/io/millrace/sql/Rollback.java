package io.millrace.sql;

import io.millrace.model.Name;

/** ROLLBACK name TO VERSION n. */
public record Rollback(Name name, int version) implements Statement {}
