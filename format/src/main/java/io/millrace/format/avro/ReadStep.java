package io.millrace.format.avro;

import io.millrace.model.DataType;

/**
 * One step of a plan: what to do with the bytes that come next. A plain structure for {@link
 * AvroReader}'s one switch, made by {@link ReadPlanner}; not changed once a plan is made.
 */
final class ReadStep {
  static final int FAIL = 0;
  static final int SET_NULL = 1;
  static final int BOOLEAN = 2;
  static final int INT = 3;
  static final int INT_TO_LONG = 4;
  static final int INT_TO_FLOAT = 5;
  static final int INT_TO_DOUBLE = 6;
  static final int LONG = 7;
  static final int LONG_TO_FLOAT = 8;
  static final int LONG_TO_DOUBLE = 9;
  static final int LONG_TIMES = 10;
  static final int LONG_OVER = 11;
  static final int TIME = 12;
  static final int FLOAT = 13;
  static final int FLOAT_TO_DOUBLE = 14;
  static final int DOUBLE = 15;
  static final int UTF8 = 16;
  static final int BYTES = 17;
  static final int FIXED = 18;
  static final int UUID = 19;
  static final int ENUM = 20;
  static final int DECIMAL = 21;
  static final int DECIMAL_FIXED = 22;
  static final int STRUCT = 23;
  static final int LIST = 24;
  static final int MAP = 25;
  static final int OPTIONAL = 26;
  static final int UNION = 27;
  static final int CONSTANT = 28;
  static final int SKIP_NOTHING = 29;
  static final int SKIP_VARINT = 30;
  static final int SKIP_BYTES = 31;
  static final int SKIP_FIXED = 32;
  static final int SKIP_RECORD = 33;
  static final int SKIP_ARRAY = 34;
  static final int SKIP_MAP = 35;
  static final int SKIP_OPTIONAL = 36;
  static final int SKIP_UNION = 37;
  static final int SKIP_FIELD = 38;

  static final ReadStep[] NONE = {};

  final int op;

  /** Where the value goes. */
  int column;

  /** The column's name, or the writer's field's where it is passed over; null inside lists. */
  String name;

  /** The column's type; null where the field is passed over. */
  DataType type;

  /** Fields of a record, or branches of a union. */
  ReadStep[] steps = NONE;

  /** Element of a list, value of a map, other branch of a union with null. */
  ReadStep item;

  /** Size of a fixed; index of the null branch of OPTIONAL; least bytes of an item. */
  int size;

  /** What a number is multiplied with or divided by. */
  long factor = 1;

  /** Texts of an enum's symbols; null for one that the reader does not know. */
  byte[][] symbols;

  int fromScale;
  int toScale;
  int precision;

  /** The value of CONSTANT in Avro binary, read by {@link #item}. */
  byte[] constant;

  /** Why FAIL fails. */
  String reason;

  ReadStep(int op) {
    this.op = op;
  }
}
