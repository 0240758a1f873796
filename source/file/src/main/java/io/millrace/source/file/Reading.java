package io.millrace.source.file;

import io.millrace.catalog.Relation;
import io.millrace.format.DecodeException;
import io.millrace.format.FileDecoder;
import io.millrace.format.FilePlace;
import io.millrace.format.Formats;
import io.millrace.format.LineDecoder;
import io.millrace.format.RowBuffer;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.source.ChangeWriter.Refusal;
import io.millrace.source.RowAppender;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.util.zip.GZIPInputStream;

/**
 * Reads what is new in one file into the transaction. Where that is full, it is committed before
 * the row that is being told, with all that was read before it. Not thread-safe; one use.
 */
final class Reading implements FileDecoder.FileRows {
  private static final int BUFFER = 64 << 10;

  private final KnownFile file;
  private final FoundFile found;
  private final Batch batch;
  private final RowAppender target;
  private final RowBuffer row;
  private final FileDecoder decoder;
  private FileChannel channel;
  private ChannelStream bytes;
  private long size;

  /** Set where rows are lines: it tells where reading goes on. */
  private LineDecoder lines;

  /** The rows told in this reading; of a file that is read whole, those of its whole. */
  private long told;

  /** How many of the rows told were taken in earlier readings. */
  private long taken;

  Reading(KnownFile file, Batch batch, Relation target, FileOptions options, Formats formats) {
    this.file = file;
    this.found = file.found();
    this.batch = batch;
    this.target = batch.writer().rows(target);
    this.row = new RowBuffer(target.schema());
    this.decoder = formats.fileDecoder(options.format(), options.formatOptions(), target.schema());
  }

  /**
   * Reads what there is to read.
   *
   * @param still whether the file has stood still, so that it may be taken to be whole
   */
  void read(boolean still) throws IOException {
    FileNote note = file.note();
    if (note.packed() && !still && !note.done()) {
      file.setRead(false);
      return;
    }
    try (FileChannel opened = KnownFiles.open(found)) {
      channel = opened;
      // What came since is in no copy that has been begun before the folder was looked at.
      size = found.size();
      boolean asFound = channel.size() == size;
      if (!note.measure().isOf(channel) || note.packed() && !asFound) {
        return; // replaced since then, which is seen next time
      }
      boolean isWhole = note.packed() || still && asFound;
      boolean nothingNew = note.measure().length() == size && (note.done() || note.refused());
      if (!nothingNew) {
        read(note, isWhole);
      }
      file.setRead(isWhole || lines != null && lines.place().offset() == size || nothingNew);
    }
  }

  private void read(FileNote note, boolean isWhole) throws IOException {
    try (InputStream in = content(note)) {
      in.mark(Measure.REACH);
      byte[] beginning = in.readNBytes(Measure.REACH);
      in.reset();
      if (decoder instanceof LineDecoder inLines && inLines.isLines(beginning)) {
        lines = inLines;
        Measure.skip(in, note.place().offset());
        decode(() -> inLines.decode(in, note.place(), isWhole, row, this));
      } else if (isWhole) {
        taken = note.rows();
        decode(() -> decoder.decode(in, row, this));
      }
    }
  }

  /** From its beginning. */
  private InputStream content(FileNote note) throws IOException {
    bytes = new ChannelStream(channel, size);
    return new BufferedInputStream(
        note.packed() ? new GZIPInputStream(bytes, BUFFER) : bytes, BUFFER);
  }

  private interface Decoding {
    void run() throws IOException;
  }

  private void decode(Decoding decoding) throws IOException {
    try {
      decoding.run();
    } catch (IOException e) {
      if (told > 0) {
        keep(false, false);
      }
      throw e;
    } catch (MillraceException e) {
      if (e.code() != ErrorCode.ROW_REFUSED || batch.isBroken()) {
        throw e;
      }
      if (bytes.failure() != null) {
        throw bytes.failure();
      }
      refuse(0, e.code(), e.getMessage() + " in " + found.name(), "", null);
      keep(false, true);
      return;
    }
    keep(file.note().packed() || lines == null, false);
  }

  /**
   * Has what was read so far kept with the rows that it gave. Where the file turns out to have been
   * replaced meanwhile, it is not known what those rows were: then nothing since the last commit
   * counts.
   */
  private void keep(boolean done, boolean refused) {
    FileNote before = file.note();
    FilePlace place = lines == null ? before.place() : lines.place();
    boolean byPlace = lines != null && !before.packed() && !refused;
    if (byPlace && place.offset() == before.measure().length() && !before.refused()) {
      return; // nothing was consumed
    }
    try {
      Measure now = Measure.of(channel, byPlace ? place.offset() : size);
      if (before.measure().isOf(channel)) {
        long rows = lines == null ? Math.max(told, taken) : 0;
        file.note(before.read(now, place, rows, done, refused));
        return;
      }
    } catch (IOException e) {
      throw replaced(Troubles.of("read " + found.name(), e));
    }
    throw replaced("Cannot read " + found.name() + ": it was replaced meanwhile");
  }

  private static MillraceException replaced(String reason) {
    return new MillraceException(ErrorCode.SOURCE_FAILED, reason)
        .hint("What was not committed is read again.");
  }

  @Override
  public void accepted(long number) {
    if (isNew()) {
      target
          .add(row.row())
          .ifPresentOrElse(
              unfit ->
                  refuse(
                      number,
                      ErrorCode.ROW_REFUSED,
                      "Cannot write the row"
                          + (unfit.field().isEmpty() ? "" : ", column " + unfit.field())
                          + ": "
                          + unfit.reason()
                          + where(number),
                      unfit.field(),
                      null),
              () -> batch.add(true, found.modified()));
    }
  }

  @Override
  public void refused(long number, byte[] refused, DecodeException why) {
    if (isNew()) {
      refuse(
          number, ErrorCode.DECODE_FAILED, why.getMessage() + where(number), why.field(), refused);
    }
  }

  private String where(long number) {
    return (decoder instanceof LineDecoder ? " in line " : " in row ")
        + number
        + " of "
        + found.name();
  }

  /** Before the row that is being told is added. */
  private boolean isNew() {
    if (told >= taken && batch.isFull()) {
      keep(false, false);
      batch.commit();
    }
    return told++ >= taken;
  }

  private void refuse(long number, ErrorCode code, String message, String field, byte[] refused) {
    long at = number == 0 ? 0 : lines == null ? told : lines.place().offset() + 1;
    batch
        .writer()
        .refuse(new Refusal(found.name(), file.number(), at, code, message, field, refused));
    batch.add(false, found.modified());
  }
}
