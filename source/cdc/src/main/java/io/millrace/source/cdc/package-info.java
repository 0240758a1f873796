/** Change data capture: databases whose own log is followed, by Debezium. */
package io.millrace.source.cdc;
