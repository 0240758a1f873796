package io.millrace.flow.topic;

import org.apache.kafka.common.header.Headers;

/**
 * A record as it lies in the log. One instance is filled again and again: read it before the next
 * one, and do not buffer it. {@code key} and {@code value} are null where the record has none.
 */
public final class RawRecord {
  private byte[] key;
  private byte[] value;
  private int partition;
  private long offset;
  private long timestamp;
  private Headers headers;

  /** The same instance, now holding another record. */
  public RawRecord set(
      byte[] key, byte[] value, int partition, long offset, long timestamp, Headers headers) {
    this.key = key;
    this.value = value;
    this.partition = partition;
    this.offset = offset;
    this.timestamp = timestamp;
    this.headers = headers;
    return this;
  }

  public byte[] key() {
    return key;
  }

  public byte[] value() {
    return value;
  }

  public int partition() {
    return partition;
  }

  public long offset() {
    return offset;
  }

  /** Milliseconds since 1970-01-01T00:00 UTC. */
  public long timestamp() {
    return timestamp;
  }

  public Headers headers() {
    return headers;
  }
}
