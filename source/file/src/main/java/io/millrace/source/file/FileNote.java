package io.millrace.source.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.format.FilePlace;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;

/**
 * What is kept of a file: which it is, and how far it was read.
 *
 * @param key what the file system knew it by
 * @param name where in the folder it was seen last
 * @param packed whether the file is packed; all but the measure is then about its content
 * @param measure of its bytes, as far as it was read; of one that is read whole, of all there were
 * @param place where in its lines reading goes on
 * @param rows of one that is read whole, how many of its rows were taken
 * @param done whether one that is packed, or read whole, was read to its end
 * @param refused whether it could not be read as its format, and is let alone as it is
 * @param gone since when it is not to be found, in milliseconds since the epoch; 0 while it is
 */
record FileNote(
    String key,
    String name,
    boolean packed,
    Measure measure,
    FilePlace place,
    long rows,
    boolean done,
    boolean refused,
    long gone) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Of a file of which nothing was read. */
  static FileNote of(FoundFile file) {
    return new FileNote(
        file.key(),
        file.name(),
        file.isPacked(),
        Measure.NONE,
        FilePlace.START,
        0,
        false,
        false,
        0);
  }

  static FileNote of(byte[] json) {
    try {
      return JSON.readValue(json, FileNote.class);
    } catch (IOException e) {
      throw new MillraceException(
              ErrorCode.INTERNAL_ERROR, "Cannot read the source's progress: " + e.getMessage(), e)
          .hint("Another version wrote it: start that, or drop the source and create it anew.");
    }
  }

  byte[] toBytes() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new MillraceException(ErrorCode.INTERNAL_ERROR, "Cannot write progress as JSON", e);
    }
  }

  /** The same content in that file. */
  FileNote in(FoundFile file) {
    return new FileNote(file.key(), file.name(), packed, measure, place, rows, done, refused, 0);
  }

  /** The same content in that file, which is packed. */
  FileNote packedIn(FoundFile file, Measure of) {
    return new FileNote(file.key(), file.name(), true, of, place, rows, false, refused, 0);
  }

  /** Read up to there. */
  FileNote read(Measure of, FilePlace to, long rowsTaken, boolean nowDone, boolean nowRefused) {
    return new FileNote(key, name, packed, of, to, rowsTaken, nowDone, nowRefused, gone);
  }

  FileNote withGone(long since) {
    return new FileNote(key, name, packed, measure, place, rows, done, refused, since);
  }
}
