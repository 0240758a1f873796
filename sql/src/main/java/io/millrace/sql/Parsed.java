package io.millrace.sql;

/** A statement and its text as written, without the {@code ;} and without comments around it. */
public record Parsed(Statement statement, String text) {}
