package io.millrace.flow.topic.mark;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a reader knows of the writers of one partition: for each statement the latest mark of each
 * writer of its newest epoch. The partition's watermark is the least over the writers that are
 * neither final nor idle, and never goes back. Not thread-safe.
 */
public final class Marks {
  private final Map<String, Writers> statements = new TreeMap<>();
  private long watermark = Long.MIN_VALUE;

  /** The highest watermark of the statements that have ended. */
  private long ended = Long.MIN_VALUE;

  private boolean idle;

  private static final class Writers {
    private long epoch;
    private long[] watermarks;
    private boolean[] isFinal;
    private boolean[] isIdle;

    Writers(long epoch, int writers) {
      reset(epoch, writers);
    }

    /** Nothing is known of a new epoch's writers: until each has spoken, they hold all back. */
    void reset(long newEpoch, int writers) {
      epoch = newEpoch;
      watermarks = new long[writers];
      Arrays.fill(watermarks, Long.MIN_VALUE);
      isFinal = new boolean[writers];
      isIdle = new boolean[writers];
    }

    void apply(Mark mark) {
      if (mark.epoch() < epoch) {
        return;
      }
      if (mark.epoch() > epoch || mark.writers() != watermarks.length) {
        reset(mark.epoch(), mark.writers());
      }
      // A restarted writer may go back: its rows up to the old mark are in the log already.
      watermarks[mark.writer()] = mark.watermark();
      isFinal[mark.writer()] = mark.isFinal();
      isIdle[mark.writer()] = mark.isIdle();
    }

    boolean haveEnded() {
      for (boolean one : isFinal) {
        if (!one) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * Takes a mark in the order of the log; marks of older epochs are a dead run's and say nothing.
   */
  public void apply(Mark mark) {
    Writers writers =
        statements.computeIfAbsent(
            mark.statement(), s -> new Writers(mark.epoch(), mark.writers()));
    writers.apply(mark);
    if (writers.haveEnded()) {
      statements.remove(mark.statement());
      for (long last : writers.watermarks) {
        ended = Math.max(ended, last);
      }
    }
    merge();
  }

  private void merge() {
    long least = Long.MAX_VALUE;
    long highest = ended;
    boolean awaited = false;
    boolean someIdle = false;
    for (Writers writers : statements.values()) {
      for (int i = 0; i < writers.watermarks.length; i++) {
        highest = Math.max(highest, writers.watermarks[i]);
        if (!writers.isFinal[i] && !writers.isIdle[i]) {
          awaited = true;
          least = Math.min(least, writers.watermarks[i]);
        }
        someIdle |= writers.isIdle[i];
      }
    }
    // A final mark is no end of time: the next run goes on from here.
    watermark = Math.max(watermark, awaited ? least : highest);
    idle = !awaited && someIdle;
  }

  /** Milliseconds since 1970-01-01T00:00; {@link Long#MIN_VALUE} while some writer has no mark. */
  public long watermark() {
    return watermark;
  }

  /** Whether every writer that has not ended said that it is idle. */
  public boolean isIdle() {
    return idle;
  }

  public byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeLong(watermark);
      out.writeLong(ended);
      out.writeInt(statements.size());
      for (Map.Entry<String, Writers> statement : statements.entrySet()) {
        Writers writers = statement.getValue();
        out.writeUTF(statement.getKey());
        out.writeLong(writers.epoch);
        out.writeInt(writers.watermarks.length);
        for (int i = 0; i < writers.watermarks.length; i++) {
          out.writeLong(writers.watermarks[i]);
          out.writeBoolean(writers.isFinal[i]);
          out.writeBoolean(writers.isIdle[i]);
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }

  public static Marks parse(byte[] bytes) throws IOException {
    Marks marks = new Marks();
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      marks.watermark = in.readLong();
      marks.ended = in.readLong();
      for (int left = in.readInt(); left > 0; left--) {
        String statement = in.readUTF();
        Writers writers = new Writers(in.readLong(), in.readInt());
        for (int i = 0; i < writers.watermarks.length; i++) {
          writers.watermarks[i] = in.readLong();
          writers.isFinal[i] = in.readBoolean();
          writers.isIdle[i] = in.readBoolean();
        }
        marks.statements.put(statement, writers);
      }
    }
    marks.merge();
    return marks;
  }
}
