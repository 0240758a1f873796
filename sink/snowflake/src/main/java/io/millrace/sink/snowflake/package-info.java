/**
 * Snowflake tables: files put to a stage, taken into the table in one transaction with a ledger.
 */
package io.millrace.sink.snowflake;
