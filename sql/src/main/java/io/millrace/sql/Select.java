package io.millrace.sql;

/** A pull query: a finite answer. */
public record Select(QueryText query) implements Statement {}
