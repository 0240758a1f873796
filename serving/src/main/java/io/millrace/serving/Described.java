package io.millrace.serving;

import io.millrace.model.Name;

/**
 * What the dictionary says of a stream or table beyond its copy's columns and comments.
 *
 * @param kind {@code stream} or {@code table}
 * @param owner who answers for the data, or null
 * @param contractVersion the version of its contract, or null without one
 * @param contractId the registry's id of it, or null without one
 */
public record Described(
    Name name,
    String kind,
    String topic,
    String owner,
    Integer contractVersion,
    Integer contractId) {}
