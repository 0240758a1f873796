/**
 * Topics as Flink tables: bytes of a topic to rows and back, with event time, order and exactly
 * once kept through every hop of the log.
 */
package io.millrace.flow.topic;
