package io.millrace.sink.mongodb;

import com.mongodb.MongoBulkWriteException;
import com.mongodb.MongoConfigurationException;
import com.mongodb.MongoException;
import com.mongodb.bulk.BulkWriteError;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.BulkWriteOptions;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Projections;
import com.mongodb.client.model.ReplaceOneModel;
import com.mongodb.client.model.ReplaceOptions;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowKind;
import io.millrace.model.RowWriter;
import io.millrace.sink.EpochId;
import io.millrace.sink.KeyedWriter;
import io.millrace.sink.WriterContext;
import io.millrace.sink.parquet.RowLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bson.BsonValue;
import org.bson.RawBsonDocument;

/**
 * Gathers rows, of a table the last change of each key, and writes them whenever enough are
 * gathered and at each checkpoint. Each document is replaced on condition that it is of no newer
 * version, so a writer that was cut off and does not know it changes nothing that its successor
 * wrote.
 */
final class MongoWriter implements KeyedWriter {
  /** Two that insert one document at once: the second finds it when it tries again. */
  private static final int ATTEMPTS = 5;

  private static final int DUPLICATE_KEY = 11000;

  private static final BulkWriteOptions IN_ANY_ORDER = new BulkWriteOptions().ordered(false);
  private static final ReplaceOptions OR_INSERT = new ReplaceOptions().upsert(true);

  private final MongoSink sink;
  private final WriterContext context;
  private final MongoClient client;
  private final MongoCollection<RawBsonDocument> collection;
  private final DocumentBuilder documents;
  private final RowLog row;
  private final Map<ByteBuffer, Change> changes = new LinkedHashMap<>();
  private long bytes;
  private RowKind kind;
  private int partition;
  private long offset;

  /** The last change of a document. */
  private record Change(
      RawBsonDocument filter,
      RawBsonDocument document,
      String version,
      int partition,
      long offset) {
    int bytes() {
      return document.getByteBuffer().remaining();
    }

    BsonValue identifier() {
      return filter.get("_id");
    }
  }

  MongoWriter(MongoSink sink, WriterContext context) throws IOException {
    this.sink = sink;
    this.context = context;
    this.documents = new DocumentBuilder(sink);
    this.row =
        sink.table()
            ? RowLog.ofChanges(sink.schema(), this::write)
            : new RowLog(sink.schema(), this::write);
    try {
      this.client = sink.place().client();
    } catch (MongoConfigurationException e) {
      // CREATE has checked the URL: what can fail here is the look-up of a name.
      throw new IOException("Failed to write to " + sink.place() + ": " + e.getMessage(), e);
    }
    this.collection = sink.place().open(client);
  }

  @Override
  public RowWriter rows() {
    return row;
  }

  @Override
  public void next(int ofPartition, long atOffset, RowKind ofKind) {
    if (ofKind == RowKind.DELETE && !sink.table()) {
      throw new IllegalArgumentException("A stream has no deletes");
    }
    this.partition = ofPartition;
    this.offset = atOffset;
    this.kind = ofKind;
  }

  private void write() {
    documents.at(context.epoch(), partition, offset);
    byte[] identifier = documents.identifier(row);
    RawBsonDocument document =
        kind == RowKind.DELETE
            ? documents.tombstone(identifier, System.currentTimeMillis())
            : documents.document(identifier, row);
    Change change =
        new Change(documents.filter(identifier), document, documents.version(), partition, offset);
    Change before = changes.put(ByteBuffer.wrap(identifier), change);
    bytes += change.bytes() - (before == null ? 0 : before.bytes());
    if (changes.size() >= sink.maxRows() || bytes >= sink.maxBytes()) {
      try {
        apply();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void flush(EpochId epoch) throws IOException {
    apply();
  }

  private void apply() throws IOException {
    List<Change> left = List.copyOf(changes.values());
    try {
      for (int attempt = 1; !left.isEmpty(); attempt++) {
        List<BulkWriteError> duplicates = replace(left);
        List<Change> collided = new ArrayList<>();
        for (BulkWriteError duplicate : duplicates) {
          collided.add(left.get(duplicate.getIndex()));
        }
        left = outdated(collided);
        if (!left.isEmpty() && attempt == ATTEMPTS) {
          throw refused(left.get(0), duplicates.get(0).getMessage());
        }
      }
    } catch (MongoException e) {
      throw sink.place().failure("write to " + sink.place(), e);
    }
    changes.clear();
    bytes = 0;
  }

  /** Answers what collided with a document that is there. */
  private List<BulkWriteError> replace(List<Change> all) throws IOException {
    List<ReplaceOneModel<RawBsonDocument>> models = new ArrayList<>(all.size());
    for (Change change : all) {
      models.add(new ReplaceOneModel<>(change.filter(), change.document(), OR_INSERT));
    }
    try {
      collection.bulkWrite(models, IN_ANY_ORDER);
      return List.of();
    } catch (MongoBulkWriteException e) {
      for (BulkWriteError error : e.getWriteErrors()) {
        if (Place.mayPass(error.getCode())) {
          throw new IOException("Failed to write to " + sink.place() + ": " + e.getMessage(), e);
        }
        if (error.getCode() != DUPLICATE_KEY) {
          throw refused(all.get(error.getIndex()), error.getMessage());
        }
      }
      if (e.getWriteConcernError() != null) {
        throw new IOException(
            "Failed to write to "
                + sink.place()
                + " durably: "
                + e.getWriteConcernError().getMessage(),
            e);
      }
      return e.getWriteErrors();
    }
  }

  /**
   * Those of them whose document is not there in a version at least as new. The others are done:
   * the condition did not find their document because a newer one has its identifier.
   */
  private List<Change> outdated(List<Change> collided) {
    if (collided.isEmpty() || !sink.table()) {
      return collided;
    }
    List<BsonValue> identifiers = collided.stream().map(Change::identifier).toList();
    Map<BsonValue, String> versions = new HashMap<>();
    collection
        .find(Filters.in("_id", identifiers))
        .projection(Projections.include(DocumentBuilder.VERSION))
        .forEach(found -> versions.put(found.get("_id"), DocumentBuilder.version(found)));
    return collided.stream()
        .filter(c -> versions.getOrDefault(c.identifier(), "").compareTo(c.version()) < 0)
        .toList();
  }

  private MillraceException refused(Change change, String reason) {
    return new MillraceException(
            ErrorCode.SINK_FAILED,
            "Cannot write the record at offset "
                + change.offset()
                + " of partition "
                + change.partition()
                + " to "
                + sink.place()
                + ": "
                + reason)
        .hint(
            "Change the collection's unique indexes or its validation, or the row; then RESUME the"
                + " sink, which goes on where it stood.");
  }

  @Override
  public void close() {
    client.close();
  }
}
