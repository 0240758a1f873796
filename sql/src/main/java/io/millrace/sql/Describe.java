package io.millrace.sql;

import io.millrace.model.Name;

/** DESCRIBE [EXTENDED] name. */
public record Describe(Name name, boolean extended) implements Statement {}
