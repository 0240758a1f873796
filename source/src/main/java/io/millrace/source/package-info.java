/** Ways in for rows that a person or a program hands over: one Kafka transaction per request. */
package io.millrace.source;
