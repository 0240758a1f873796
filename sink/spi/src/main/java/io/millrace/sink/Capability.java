package io.millrace.sink;

/**
 * What a kind of sink can do. What it cannot is refused when the sink is created.
 *
 * @param appends whether it takes streams
 * @param upserts whether it takes tables: rows that are set and deleted by key
 */
public record Capability(Guarantee guarantee, boolean appends, boolean upserts) {}
