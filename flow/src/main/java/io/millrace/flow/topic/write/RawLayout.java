package io.millrace.flow.topic.write;

import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarBinaryType;

/** A record of a table as a row: its bytes, the partition it goes to, and one header. */
public final class RawLayout {
  public static final int KEY = 0;

  /** Null in a tombstone. */
  public static final int VALUE = 1;

  public static final int PARTITION = 2;
  public static final int HEADER = 3;

  public static final RowType TYPE =
      RowType.of(
          new LogicalType[] {
            new VarBinaryType(false, VarBinaryType.MAX_LENGTH),
            new VarBinaryType(VarBinaryType.MAX_LENGTH),
            new IntType(false),
            new VarBinaryType(false, VarBinaryType.MAX_LENGTH)
          },
          new String[] {"key", "value", "partition", "header"});

  private RawLayout() {}
}
