package io.millrace.format.debezium;

import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.RowBuffer;
import io.millrace.model.DataType;
import io.millrace.model.RowWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes the fields of an envelope as they are written, of one writer's schema, and hands them on as
 * the columns want them. Since a {@link RowWriter} cannot refuse a value, the first that does not
 * fit is kept until the record is read. Not thread-safe.
 */
final class AvroRows implements RowWriter {
  /**
   * A field of the envelope.
   *
   * @param natural its type as written
   * @param slots of a row: where its columns go
   * @param numbers of {@code source} and times: which number each is, -1 for the log's file
   */
  record Part(String name, DataType natural, Slot[] slots, int[] numbers) {}

  private enum Where {
    ENVELOPE,
    SOURCE,
    STRUCT,
    LIST,
    MAP,
    SCALED
  }

  private static final class Level {
    Where where;

    /** What it is; null at the top. */
    Slot slot;

    /** Of a struct. */
    Slot[] slots;
  }

  private final List<Part> parts;
  private final Values values;
  private final List<Level> levels = new ArrayList<>();
  private final ByteSink scaledValue = new ByteSink();
  private int depth;
  private Envelope envelope;
  private Part part;
  private RowBuffer row;
  private boolean lenient;
  private int scale;
  private boolean hasScaledValue;

  /** How many levels are open of what is passed over. */
  private int passed;

  private DecodeException failure;

  AvroRows(List<Part> parts, Values values) {
    this.parts = List.copyOf(parts);
    this.values = values;
  }

  void begin(Envelope target) {
    envelope = target;
    failure = null;
    passed = 0;
  }

  /** Throws what the record is refused for, if anything. */
  void requireRead() throws DecodeException {
    if (failure != null) {
      throw failure;
    }
  }

  private void open(Where where, Slot slot, Slot[] slots) {
    if (depth == levels.size()) {
      levels.add(new Level());
    }
    Level level = levels.get(depth++);
    level.where = where;
    level.slot = slot;
    level.slots = slots;
  }

  private Level level() {
    return levels.get(depth - 1);
  }

  private Slot slot(int column) {
    Level level = level();
    return level.where == Where.STRUCT ? level.slots[column] : level.slot.item;
  }

  /** What a row was is told for its key alone: of the rest, what does not fit is not known. */
  private void refuse(Slot slot, DecodeException e) {
    if (lenient && slot.type.nullable()) {
      row.setNull(slot.target);
    } else if (failure == null) {
      DecodeException named = named(slot, e);
      for (int i = depth - 1; i >= 0; i--) {
        Level level = levels.get(i);
        if (level.slot != null && level.where == Where.STRUCT) {
          named = named.in(level.slot.name, null);
        }
      }
      failure = named.in(part.name, null);
    }
  }

  private static DecodeException named(Slot slot, DecodeException e) {
    return e.in(slot.name, slot.type);
  }

  @Override
  public void beginRow() {
    depth = 0;
    open(Where.ENVELOPE, null, null);
  }

  @Override
  public void endRow() {
    depth = 0;
  }

  @Override
  public void abandonRow() {
    depth = 0;
  }

  @Override
  public void setNull(int column) {
    if (passed > 0) {
      return;
    }
    switch (level().where) {
      case STRUCT, LIST, MAP -> {
        Slot slot = slot(column);
        if (slot.type.nullable()) {
          row.setNull(slot.target);
        } else {
          refuse(slot, new DecodeException("NULL in a NOT NULL place", -1));
        }
      }
      default -> {}
    }
  }

  @Override
  public void setBoolean(int column, boolean value) {
    if (isOfRow()) {
      Slot slot = slot(column);
      try {
        values.bool(slot, value, row);
      } catch (DecodeException e) {
        refuse(slot, e);
      }
    }
  }

  private boolean isOfRow() {
    return passed == 0
        && switch (level().where) {
          case STRUCT, LIST, MAP -> true;
          default -> false;
        };
  }

  @Override
  public void setInt(int column, int value) {
    if (passed == 0 && level().where == Where.SCALED) {
      scale = value;
    } else {
      setLong(column, value);
    }
  }

  @Override
  public void setLong(int column, long value) {
    if (isOfRow()) {
      Slot slot = slot(column);
      try {
        values.number(slot, value, row);
      } catch (DecodeException e) {
        refuse(slot, e);
      }
    } else if (passed == 0 && level().where == Where.SOURCE) {
      envelope.source(part.numbers[column], value);
    } else if (passed == 0 && level().where == Where.ENVELOPE) {
      envelope.told(parts.get(column).numbers[0], value);
    }
  }

  @Override
  public void setFloat(int column, float value) {
    if (isOfRow() && slot(column).type.kind() == DataType.Kind.FLOAT) {
      row.setFloat(slot(column).target, value);
    } else {
      // The digits of a float say what it is; those of the double nearest to it do not.
      setDouble(column, Double.parseDouble(Float.toString(value)));
    }
  }

  @Override
  public void setDouble(int column, double value) {
    if (isOfRow()) {
      Slot slot = slot(column);
      try {
        values.floating(slot, value, row);
      } catch (DecodeException e) {
        refuse(slot, e);
      }
    }
  }

  @Override
  public void setDecimal(int column, long unscaled) {
    throw new IllegalStateException("decimals are read as bytes");
  }

  @Override
  public void setDecimal(int column, byte[] bytes, int offset, int length) {
    throw new IllegalStateException("decimals are read as bytes");
  }

  @Override
  public void setUtf8(int column, byte[] bytes, int offset, int length) {
    if (passed > 0) {
      return;
    }
    switch (level().where) {
      case ENVELOPE -> envelope.op(bytes, offset, length);
      case SOURCE -> envelope.file(bytes, offset, length);
      case STRUCT, LIST, MAP -> {
        if (level().where == Where.MAP && column == 0) {
          row.setUtf8(0, bytes, offset, length);
          return;
        }
        Slot slot = slot(column);
        try {
          values.text(slot, bytes, offset, offset + length, row);
        } catch (DecodeException e) {
          refuse(slot, e);
        }
      }
      case SCALED -> {}
    }
  }

  @Override
  public void setBytes(int column, byte[] bytes, int offset, int length) {
    if (passed == 0 && level().where == Where.SCALED) {
      scaledValue.reset();
      scaledValue.write(bytes, offset, length);
      hasScaledValue = true;
    } else if (isOfRow()) {
      Slot slot = slot(column);
      try {
        values.binary(slot, bytes, offset, length, row);
      } catch (DecodeException e) {
        refuse(slot, e);
      }
    }
  }

  @Override
  public void beginStruct(int column) {
    if (passed > 0) {
      passed++;
    } else if (level().where == Where.ENVELOPE) {
      beginPart(parts.get(column));
    } else {
      Slot slot = slot(column);
      if (slot.fields != null && slot.missing != null) {
        refuse(slot, DecodeException.missing(slot.missing.name, slot.missing.type, -1));
        passed = 1;
      } else if (slot.fields != null) {
        row.beginStruct(slot.target);
        open(Where.STRUCT, slot, slot.written);
      } else {
        hasScaledValue = false;
        open(Where.SCALED, slot, null);
      }
    }
  }

  private void beginPart(Part begun) {
    part = begun;
    if (begun.name.equals(Envelope.SOURCE)) {
      envelope.beginSource();
      open(Where.SOURCE, null, null);
      return;
    }
    lenient = begun.name.equals(Envelope.BEFORE);
    row = lenient ? envelope.beginBefore() : envelope.beginAfter();
    open(Where.STRUCT, null, begun.slots);
  }

  @Override
  public void endStruct() {
    if (passed > 0) {
      passed--;
      return;
    }
    Level ended = levels.get(--depth);
    if (ended.where == Where.SCALED) {
      try {
        if (!hasScaledValue) {
          throw new DecodeException("it is a record", -1);
        }
        values.scaled(ended.slot, scale, scaledValue.array(), 0, scaledValue.length(), row);
      } catch (DecodeException e) {
        refuse(ended.slot, e);
      }
    } else if (ended.slot != null) {
      row.endStruct();
    } else if (ended.where == Where.STRUCT) {
      row.endRow();
    }
  }

  @Override
  public void beginList(int column) {
    begin(column, DataType.Kind.ARRAY);
  }

  @Override
  public void beginMap(int column) {
    begin(column, DataType.Kind.MAP);
  }

  private void begin(int column, DataType.Kind kind) {
    if (passed > 0) {
      passed++;
      return;
    }
    Slot slot = slot(column);
    if (slot.type.kind() != kind) {
      refuse(
          slot,
          new DecodeException(kind == DataType.Kind.ARRAY ? "it is an array" : "it is a map", -1));
      passed = 1;
    } else if (kind == DataType.Kind.ARRAY) {
      row.beginList(slot.target);
      open(Where.LIST, slot, null);
    } else {
      row.beginMap(slot.target);
      open(Where.MAP, slot, null);
    }
  }

  @Override
  public void endList() {
    if (passed > 0) {
      passed--;
    } else {
      depth--;
      row.endList();
    }
  }

  @Override
  public void endMap() {
    if (passed > 0) {
      passed--;
    } else {
      depth--;
      row.endMap();
    }
  }
}
