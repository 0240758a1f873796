package io.millrace.format.avro;

import io.millrace.model.DataType;
import java.util.Map;

/** One step of writing a row, made by {@link WritePlanner} for {@link AvroRecordEncoder}. */
final class WriteStep {
  static final int BOOLEAN = 0;
  static final int INT = 1;
  static final int INT_TO_FLOAT = 2;
  static final int INT_TO_DOUBLE = 3;
  static final int LONG = 4;
  static final int LONG_TIMES = 5;
  static final int LONG_OVER = 6;
  static final int FLOAT = 7;
  static final int FLOAT_TO_DOUBLE = 8;
  static final int DOUBLE = 9;
  static final int UTF8 = 10;
  static final int BYTES = 11;
  static final int FIXED = 12;
  static final int UUID = 13;
  static final int ENUM = 14;
  static final int DECIMAL = 15;
  static final int STRUCT = 16;
  static final int LIST = 17;
  static final int MAP = 18;
  static final int CONSTANT = 19;

  final int op;

  /** The column read. */
  int column;

  String name;
  DataType type;

  /** The index of the branch for a value, and of null; -1 where there is none. */
  int valueBranch = -1;

  int nullBranch = -1;

  WriteStep[] steps = {};
  WriteStep item;

  /** Size of a fixed; -1 for a decimal in bytes. */
  int size = -1;

  long factor = 1;
  int fromScale;
  int toScale;
  int precision;
  Map<String, Integer> symbols = Map.of();
  byte[] constant;

  WriteStep(int op) {
    this.op = op;
  }
}
