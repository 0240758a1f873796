package io.millrace.interop.spark;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.unsafe.types.UTF8String;

/** What a row that is written does to a table, as its column {@code _op} says. */
final class RowOp {
  private static final UTF8String UPSERT = UTF8String.fromBytes(Metadata.UPSERT);
  private static final UTF8String DELETE = UTF8String.fromBytes(Metadata.DELETE);

  private RowOp() {}

  /** {@code op} is the column's ordinal, or -1 where the frame has none. */
  static boolean isDelete(InternalRow row, int op) {
    if (op < 0 || row.isNullAt(op)) {
      return false;
    }
    UTF8String word = row.getUTF8String(op);
    if (word.equals(DELETE)) {
      return true;
    }
    if (!word.equals(UPSERT)) {
      throw new MillraceException(
              ErrorCode.ROW_REFUSED, "Cannot write column _op: no such operation: " + word)
          .hint("It is 'upsert' or 'delete'; NULL is an upsert.");
    }
    return false;
  }
}
