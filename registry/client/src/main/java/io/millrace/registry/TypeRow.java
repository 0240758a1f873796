package io.millrace.registry;

/** One row of the table of types: how a SQL type is written in each place that keeps it. */
public record TypeRow(
    String sql, String avro, String duckdb, String flink, String parquet, String notes) {}
