/** Avro binary in Confluent's wire format, by plans made once per writer's contract. */
package io.millrace.format.avro;
