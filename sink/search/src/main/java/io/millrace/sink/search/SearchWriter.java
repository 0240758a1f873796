package io.millrace.sink.search;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowKind;
import io.millrace.model.RowWriter;
import io.millrace.sink.EpochId;
import io.millrace.sink.KeyedWriter;
import io.millrace.sink.RowRefusedException;
import io.millrace.sink.WriterContext;
import io.millrace.sink.documents.JsonWriter;
import io.millrace.sink.documents.Utf8Buffer;
import io.millrace.sink.parquet.RowLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Gathers changes as lines of the bulk API and sends them whenever enough are gathered and at each
 * checkpoint. A table's carry the version of their record (external versioning): the server leaves
 * a document as it is, or deleted, where a newer change was there before, so a writer that was cut
 * off and does not know it changes nothing that its successor wrote.
 *
 * <p>The version is a number of 63 bits: the minute of the submission, counted from 2020, and the
 * record's offset in 38. The minute is for a topic that was made anew, whose offsets begin anew;
 * within a topic's life the offset alone says which change of a key is newer.
 */
final class SearchWriter implements KeyedWriter {
  private static final int OFFSET_BITS = 38;
  private static final long MINUTES_TO_2020 = 26_297_280;
  private static final int MAX_IDENTIFIER = 512;
  private static final int ATTEMPTS = 5;
  private static final long FIRST_PAUSE = 200_000_000;
  private static final int CONFLICT = 409;
  private static final int LAST_GOOD = 299;
  private static final int NOT_FOUND = 404;

  private final SearchSink sink;
  private final SearchClient client;
  private final RowLog row;
  private final int[] keys;
  private final byte[] prefix;
  private final long submission;
  private final Utf8Buffer identifier = new Utf8Buffer();
  private final JsonWriter identifiers;
  private final List<Change> changes = new ArrayList<>();
  private Utf8Buffer lines = new Utf8Buffer();
  private JsonWriter documents;
  private RowKind kind;
  private int partition;
  private long offset;

  /** Where a change's lines are, and which record it is of. */
  private record Change(int from, int to, int partition, long offset) {}

  SearchWriter(SearchSink sink, WriterContext context) {
    this.sink = sink;
    this.row =
        sink.table()
            ? RowLog.ofChanges(sink.schema(), this::write)
            : new RowLog(sink.schema(), this::write);
    this.keys = sink.schema().keyIndexes();
    this.prefix = (sink.name() + "-").getBytes(StandardCharsets.UTF_8);
    this.submission = Math.max(0, context.epoch() / 60 - MINUTES_TO_2020) << OFFSET_BITS;
    this.identifiers = new JsonWriter(sink.schema(), identifier);
    this.documents = new JsonWriter(sink.schema(), lines);
    this.client = sink.index().client();
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
    boolean delete = kind == RowKind.DELETE;
    if (!delete) {
      row.requireValues(sink.schema());
    }
    identify();
    int from = lines.size();
    lines.addAscii(delete ? "{\"delete\":{\"_id\":" : "{\"index\":{\"_id\":");
    lines.add(identifier.array(), 0, identifier.size());
    if (sink.table()) {
      lines.addAscii(",\"version_type\":\"external_gte\",\"version\":");
      lines.addLong(version());
    }
    lines.addAscii("}}\n");
    if (!delete) {
      row.replay(documents);
      lines.add('\n');
    }
    changes.add(new Change(from, lines.size(), partition, offset));
    if (changes.size() >= sink.maxRows() || lines.size() >= sink.maxBytes()) {
      try {
        apply();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private long version() {
    if (offset >> OFFSET_BITS != 0) {
      throw new IllegalStateException("Cannot make a version of offset " + offset);
    }
    return submission | offset;
  }

  /** Writes the document's identifier as a JSON string. */
  private void identify() {
    identifier.clear();
    if (!sink.table()) {
      identifier.add('"');
      identifier.add(prefix, 0, prefix.length);
      identifier.addLong(partition);
      identifier.add('-');
      identifier.addLong(offset);
      identifier.add('"');
      return;
    }
    if (keys.length == 1) {
      value(keys[0]);
      if (identifier.array()[0] != '"') {
        quote();
      }
    } else {
      // The values as a JSON array, and that as a text.
      identifier.add('[');
      for (int i = 0; i < keys.length; i++) {
        if (i > 0) {
          identifier.add(',');
        }
        value(keys[i]);
      }
      identifier.add(']');
      quote();
    }
    int length = identifier.size() - 2;
    if (length > MAX_IDENTIFIER) {
      throw new RowRefusedException(
          sink.schema().column(keys[0]).name(),
          "Cannot write the row: its key is a text of "
              + length
              + " bytes, an identifier has at most "
              + MAX_IDENTIFIER);
    }
  }

  private void value(int column) {
    identifiers.beginValue();
    row.replay(column, identifiers);
  }

  private void quote() {
    byte[] text = identifier.toByteArray();
    identifier.clear();
    JsonWriter.addString(identifier, text, 0, text.length);
  }

  @Override
  public void flush(EpochId epoch) throws IOException {
    apply();
  }

  private void apply() throws IOException {
    long pause = FIRST_PAUSE;
    for (int attempt = 1; !changes.isEmpty(); attempt++) {
      String reason = send();
      if (!changes.isEmpty() && attempt == ATTEMPTS) {
        throw new IOException("Failed to write to " + sink.index() + ": " + reason);
      }
      if (!changes.isEmpty()) {
        LockSupport.parkNanos(pause);
        pause *= 2;
      }
    }
    lines.clear();
  }

  /** Sends what is gathered, and keeps what is to be tried again; answers why. */
  private String send() throws IOException {
    JsonNode answer = client.bulk(lines.array(), lines.size());
    if (!answer.path("errors").asBoolean(true)) {
      changes.clear();
      return "";
    }
    JsonNode items = answer.path("items");
    if (items.size() != changes.size()) {
      throw new IOException(
          "Failed to write to "
              + sink.index()
              + ": it answers for "
              + items.size()
              + " of "
              + changes.size()
              + " changes");
    }
    String reason = "";
    List<Change> again = new ArrayList<>();
    for (int i = 0; i < changes.size(); i++) {
      JsonNode item = items.get(i).elements().next();
      int status = item.path("status").asInt();
      if (status <= LAST_GOOD
          || status == CONFLICT // a newer change is there
          || status == NOT_FOUND && !item.has("error")) { // nothing to delete
        continue;
      }
      reason = reason(item.path("error"));
      if (!SearchClient.mayPass(status)) {
        throw refused(changes.get(i), reason);
      }
      again.add(changes.get(i));
    }
    keep(again);
    return reason;
  }

  private void keep(List<Change> again) {
    Utf8Buffer kept = new Utf8Buffer();
    changes.clear();
    for (Change change : again) {
      int from = kept.size();
      kept.add(lines.array(), change.from(), change.to() - change.from());
      changes.add(new Change(from, kept.size(), change.partition(), change.offset()));
    }
    lines = kept;
    documents = new JsonWriter(sink.schema(), lines);
  }

  private static String reason(JsonNode error) {
    String cause = error.path("caused_by").path("reason").asText();
    return error.path("reason").asText() + (cause.isEmpty() ? "" : ": " + cause);
  }

  private MillraceException refused(Change change, String reason) {
    return new MillraceException(
            ErrorCode.SINK_FAILED,
            "Cannot write the record at offset "
                + change.offset()
                + " of partition "
                + change.partition()
                + " to "
                + sink.index()
                + ": "
                + reason)
        .hint(
            "Change the index's mapping or the row; then RESUME the sink, which goes on where it"
                + " stood.");
  }

  @Override
  public void close() throws IOException {
    client.close();
  }
}
