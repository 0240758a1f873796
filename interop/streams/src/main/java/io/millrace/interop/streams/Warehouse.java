package io.millrace.interop.streams;

import io.millrace.format.Formats;
import io.millrace.model.Name;

/**
 * What a program has to know of a warehouse; a test of a topology takes an {@link
 * OfflineWarehouse}.
 */
public interface Warehouse {
  /** The stream or table of that name; NOT_FOUND where there is none. */
  TopicRows find(Name name);

  /** Decoders and encoders by the warehouse's contracts. */
  Formats formats();

  /** Kafka's address, as {@code bootstrap.servers} takes it. */
  String kafka();
}
