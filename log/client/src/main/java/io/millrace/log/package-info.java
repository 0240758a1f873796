/** The log: topics, positions, producers and consumers of any Kafka cluster. */
package io.millrace.log;
