package io.millrace.interop.spark;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;

/** Positions that a topic no longer holds. */
final class Expired {
  private Expired() {}

  /** Why a partition cannot be read from this offset: DATA_EXPIRED with the range that is gone. */
  static MillraceException at(Connections connections, String topic, int partition, long wanted) {
    long first = connections.log().beginning(topic).offsets().getOrDefault(partition, 0L);
    String where =
        "Cannot read topic " + topic + " partition " + partition + " from offset " + wanted;
    if (wanted < first) {
      return new MillraceException(
              ErrorCode.DATA_EXPIRED,
              where + ": retention has removed offsets " + wanted + " to " + (first - 1))
          .hint("Option 'skipExpired' = 'on' goes on from offset " + first + ".");
    }
    long end = connections.log().end(topic, false).offsets().getOrDefault(partition, 0L);
    return new MillraceException(
            ErrorCode.DATA_EXPIRED,
            where + ": it ends at offset " + end + ", so it was deleted and made again")
        .hint("Start the query anew with another checkpoint folder.");
  }
}
