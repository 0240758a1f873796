package io.millrace.sql;

/** PREVIEW query: a continuous query's text, bounded at now. */
public record Preview(QueryText query) implements Statement {}
