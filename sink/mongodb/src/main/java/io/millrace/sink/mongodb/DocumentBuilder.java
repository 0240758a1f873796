package io.millrace.sink.mongodb;

import io.millrace.model.RowSchema;
import io.millrace.sink.RowRefusedException;
import io.millrace.sink.documents.Utf8Buffer;
import io.millrace.sink.parquet.RowLog;
import java.nio.charset.StandardCharsets;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.bson.BsonType;
import org.bson.RawBsonDocument;

/**
 * Makes documents of rows. A table's has its key as {@code _id} and, in {@code _millrace}, the
 * version: the submission and the record's offset, each as 16 hexadecimal digits, so that they
 * compare as text. What is deleted stays as a tombstone with the time of its deletion, which is why
 * an older change that comes late cannot bring it back. A stream's has the sink's name, partition
 * and offset as {@code _id}, and no version: what is written there is always the same. Not
 * thread-safe.
 */
final class DocumentBuilder {
  /** The field that is ours. */
  static final String OURS = "_millrace";

  /** The path of a document's version. */
  static final String VERSION = OURS + ".version";

  /** The path of the time of a deletion; a document that is not deleted has none. */
  static final String DELETED = OURS + ".deleted";

  /** What MongoDB takes (its manual, "Limits and Thresholds"). */
  private static final int MAX_BYTES = 16 << 20;

  private static final byte[] ID = FieldWriter.name("_id");
  private static final byte[] OURS_NAME = FieldWriter.name(OURS);
  private static final byte[] VERSION_NAME = FieldWriter.name("version");
  private static final byte[] DELETED_NAME = FieldWriter.name("deleted");
  private static final byte[] VERSION_PATH = FieldWriter.name(VERSION);
  private static final byte[] NOT = FieldWriter.name("$not");
  private static final byte[] GREATER = FieldWriter.name("$gt");

  private final boolean table;
  private final byte[] prefix;
  private final RowSchema schema;
  private final int[] keys;
  private final BsonBytes out = new BsonBytes();
  private final FieldWriter fields;
  private final Utf8Buffer version = new Utf8Buffer();
  private final Utf8Buffer position = new Utf8Buffer();

  DocumentBuilder(MongoSink sink) {
    this.table = sink.table();
    this.prefix = (sink.name() + "-").getBytes(StandardCharsets.UTF_8);
    this.schema = sink.schema();
    this.keys = sink.schema().keyIndexes();
    this.fields = new FieldWriter(sink.schema(), out);
  }

  /** Says which record the next documents are of. */
  void at(long epoch, int partition, long offset) {
    version.clear();
    hexadecimal(epoch);
    hexadecimal(offset);
    position.clear();
    position.add(prefix, 0, prefix.length);
    position.addLong(partition);
    position.add('-');
    position.addLong(offset);
  }

  private void hexadecimal(long value) {
    version.addHexadecimal((int) (value >>> 32), 8);
    version.addHexadecimal((int) value, 8);
  }

  /** The version as documents have it. */
  String version() {
    return version.toString();
  }

  /** The version of a document that is there; empty where it has none. */
  static String version(RawBsonDocument document) {
    return document.get(OURS) instanceof BsonDocument ours
            && ours.get("version") instanceof BsonString version
        ? version.getValue()
        : "";
  }

  /** The identifier, as a field of a document: its type, name and value. */
  byte[] identifier(RowLog row) {
    out.clear();
    if (!table) {
      addText(ID, position);
    } else if (keys.length == 1) {
      fields.beginValue(ID);
      row.replay(keys[0], fields);
    } else {
      int id = begin(ID);
      fields.beginRow();
      for (int key : keys) {
        row.replay(key, fields);
      }
      out.endDocument(id);
    }
    return out.copy(0, out.size());
  }

  /** What is replaced: the document of that identifier, unless it is of a newer version. */
  RawBsonDocument filter(byte[] identifier) {
    beginDocument(identifier);
    if (table) {
      int condition = begin(VERSION_PATH);
      int not = begin(NOT);
      addText(GREATER, version);
      out.endDocument(not);
      out.endDocument(condition);
    }
    return endDocument();
  }

  /** Throws RowRefusedException where MongoDB cannot take the row. */
  RawBsonDocument document(byte[] identifier, RowLog row) {
    row.requireValues(schema);
    beginDocument(identifier);
    row.replay(fields);
    if (table) {
      int ours = begin(OURS_NAME);
      addText(VERSION_NAME, version);
      out.endDocument(ours);
    }
    if (out.size() >= MAX_BYTES) {
      throw new RowRefusedException(
          "",
          "Cannot write the row: a document of "
              + out.size()
              + " bytes is larger than the "
              + MAX_BYTES
              + " that MongoDB takes");
    }
    return endDocument();
  }

  /** What stands for a deleted row; the time is in milliseconds since 1970. */
  RawBsonDocument tombstone(byte[] identifier, long now) {
    beginDocument(identifier);
    int ours = begin(OURS_NAME);
    addText(VERSION_NAME, version);
    out.addByte(BsonType.DATE_TIME.getValue());
    out.add(DELETED_NAME);
    out.addLong(now);
    out.endDocument(ours);
    return endDocument();
  }

  private void beginDocument(byte[] identifier) {
    out.clear();
    out.beginDocument();
    out.add(identifier);
  }

  private RawBsonDocument endDocument() {
    out.endDocument(0);
    return new RawBsonDocument(out.copy(0, out.size()));
  }

  private int begin(byte[] name) {
    out.addByte(BsonType.DOCUMENT.getValue());
    out.add(name);
    return out.beginDocument();
  }

  private void addText(byte[] name, Utf8Buffer text) {
    out.addByte(BsonType.STRING.getValue());
    out.add(name);
    out.addString(text.array(), 0, text.size());
  }
}
