package io.millrace.log;

import java.util.OptionalLong;

/**
 * What a topic is. {@code retentionMs} is empty where no record is removed for its age, {@code
 * retentionBytes}, of a partition, where none is for its size; {@code internal} topics belong to
 * the cluster itself.
 */
public record TopicInfo(
    String topic,
    int partitions,
    short replication,
    boolean compacted,
    OptionalLong retentionMs,
    OptionalLong retentionBytes,
    boolean internal) {}
