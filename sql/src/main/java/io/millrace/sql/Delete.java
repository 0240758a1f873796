package io.millrace.sql;

import io.millrace.model.Name;

/** DELETE FROM target WHERE condition; the condition is required. */
public record Delete(Name target, QueryText where) implements Statement {}
