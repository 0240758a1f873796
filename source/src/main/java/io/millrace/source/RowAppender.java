package io.millrace.source;

import io.millrace.model.RowKind;
import io.millrace.model.RowReader;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Adds rows of one stream or table to the transaction of a source's writer, see {@link
 * ChangeWriter#rows}. Not thread-safe.
 */
public final class RowAppender {
  private final RowRecords records;
  private final Consumer<ProducerRecord<byte[], byte[]>> transaction;

  RowAppender(RowRecords records, Consumer<ProducerRecord<byte[], byte[]>> transaction) {
    this.records = records;
    this.transaction = transaction;
  }

  void begin(long time) {
    records.begin(time);
  }

  /** Adds a row; where the contract refuses it, nothing is added and the answer says why. */
  public Optional<Unfit> add(RowReader row) {
    Optional<Unfit> unfit = records.make(RowKind.UPSERT, row);
    if (unfit.isEmpty()) {
      byte[] key = records.key();
      transaction.accept(
          new ProducerRecord<>(records.topic(), records.partition(key), key, records.value()));
    }
    return unfit;
  }
}
