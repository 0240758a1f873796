/**
 * Contracts: the Avro schema of each topic, kept in a registry, and the one mapping between Avro
 * and the columns that every other module speaks.
 */
package io.millrace.registry;
