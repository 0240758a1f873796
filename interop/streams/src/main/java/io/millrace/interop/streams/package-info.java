/**
 * The warehouse's streams and tables in a program on Kafka Streams: {@link
 * io.millrace.interop.streams.Millrace} finds them, {@link io.millrace.interop.streams.Row} is what
 * they hold. Stands beside the engine, at the log: it knows topics and contracts, and of the server
 * only the address that tells both.
 */
package io.millrace.interop.streams;
