package io.millrace.sql;

/** {@code column = expression} of an UPDATE. */
public record Assignment(String column, QueryText expression) {}
