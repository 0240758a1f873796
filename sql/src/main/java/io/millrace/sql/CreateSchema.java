package io.millrace.sql;

/** CREATE SCHEMA [IF NOT EXISTS] name. */
public record CreateSchema(String schema, boolean ifNotExists) implements Statement {}
