package io.millrace.testserver.mongodb;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.backend.memory.index.MemoryUniqueIndex;
import de.bwaldvogel.mongo.bson.Document;
import java.util.List;

/**
 * mongo-java-server with its documents in memory, on a free port. Other than as it comes, it uses
 * an index of one field also where the condition has more fields, as MongoDB does: the rest of the
 * condition is checked behind it in any case. Thread-safe.
 */
public final class MongoStandIn implements AutoCloseable {
  private final MongoServer server = new MongoServer(new IndexedBackend());
  private final String url = server.bindAndGetConnectionString();

  private static final class IndexedBackend extends MemoryBackend {
    @Override
    public MemoryDatabase openOrCreateDatabase(String name) {
      return new IndexedDatabase(name, getCursorRegistry());
    }
  }

  private static final class IndexedDatabase extends MemoryDatabase {
    IndexedDatabase(String name, CursorRegistry cursors) {
      super(name, cursors);
    }

    @Override
    protected Index<Integer> openOrCreateUniqueIndex(
        String collection, String name, List<IndexKey> keys, boolean sparse) {
      return new FieldIndex(name, keys, sparse);
    }
  }

  private static final class FieldIndex extends MemoryUniqueIndex {
    FieldIndex(String name, List<IndexKey> keys, boolean sparse) {
      super(name, keys, sparse);
    }

    private Document ofOwnField(Document query) {
      String field = keys().get(0);
      return keys().size() == 1 && query.containsKey(field)
          ? new Document(field, query.get(field))
          : query;
    }

    @Override
    public synchronized boolean canHandle(Document query) {
      return super.canHandle(ofOwnField(query));
    }

    @Override
    public synchronized Iterable<Integer> getPositions(Document query) {
      return super.getPositions(ofOwnField(query));
    }
  }

  /** As {@code mongodb://host:port}. */
  public String url() {
    return url;
  }

  public int port() {
    return server.getLocalAddress().getPort();
  }

  /** Cuts all connections. */
  @Override
  public void close() {
    server.shutdownNow();
  }
}
