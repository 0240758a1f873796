package io.millrace.source.cdc;

import io.debezium.document.DocumentReader;
import io.debezium.document.DocumentWriter;
import io.debezium.relational.history.AbstractSchemaHistory;
import io.debezium.relational.history.HistoryRecord;
import io.debezium.relational.history.SchemaHistoryException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * What Debezium must know of the tables as they were at each place of a binary log, which does not
 * name columns itself. It is written in one transaction with the position of the changes that
 * follow; what is written twice, or is of a place behind that position, does no harm: each record
 * holds whole definitions, and Debezium passes over those that are later.
 */
public final class TableDefinitions extends AbstractSchemaHistory {
  /** Debezium makes this class by its name: the setting says whose it is. */
  static final String MEMORY = "schema.history.internal.millrace.memory";

  private static final Map<String, Memory> MEMORIES = new ConcurrentHashMap<>();

  /** What one run of a source knew at its start and learns. Thread-safe. */
  static final class Memory implements AutoCloseable {
    private final String id = UUID.randomUUID().toString();
    private final List<byte[]> known;
    private final Queue<byte[]> learnt = new ConcurrentLinkedQueue<>();

    Memory(List<byte[]> known) {
      this.known = known;
      MEMORIES.put(id, this);
    }

    String id() {
      return id;
    }

    /** Hands over what was learnt since the last call. */
    void drain(Consumer<byte[]> to) {
      for (byte[] record = learnt.poll(); record != null; record = learnt.poll()) {
        to.accept(record);
      }
    }

    @Override
    public void close() {
      MEMORIES.remove(id);
    }
  }

  private Memory memory() {
    return MEMORIES.get(config.getString(MEMORY));
  }

  @Override
  protected void storeRecord(HistoryRecord record) {
    memory().learnt.add(DocumentWriter.defaultWriter().writeAsBytes(record.document()));
  }

  @Override
  protected void recoverRecords(Consumer<HistoryRecord> records) {
    for (byte[] known : memory().known) {
      try {
        records.accept(
            new HistoryRecord(
                DocumentReader.defaultReader().read(new String(known, StandardCharsets.UTF_8))));
      } catch (IOException e) {
        throw new SchemaHistoryException("Cannot read a table's definition", e);
      }
    }
  }

  @Override
  public boolean exists() {
    return !memory().known.isEmpty();
  }

  @Override
  public boolean storageExists() {
    return true;
  }
}
