/**
 * Debezium's change events, JSON with and without schemas and Avro, as rows of a stream of changes.
 */
package io.millrace.format.debezium;
