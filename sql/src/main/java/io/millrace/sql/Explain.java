package io.millrace.sql;

/** EXPLAIN statement; {@code innerText} is that statement as written. */
public record Explain(Statement inner, String innerText) implements Statement {}
