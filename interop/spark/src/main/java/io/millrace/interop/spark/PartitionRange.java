package io.millrace.interop.spark;

import org.apache.spark.sql.connector.read.InputPartition;

/** Offsets of one partition of a topic: {@code [from, to)}. */
record PartitionRange(String topic, int partition, long from, long to) implements InputPartition {}
