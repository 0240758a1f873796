package io.millrace.interop.spark;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * How a frame's columns become those of a contract: by name, compared without case. Immutable.
 *
 * @param ordinals for each column of the contract the frame's, or -1 where it has none
 * @param op the frame's column {@code _op}, or -1
 */
record WriteColumns(List<Source> sources, int[] ordinals, int op) implements Serializable {
  /** How a value of the frame is read where its type is not the contract's very own. */
  enum Narrow {
    NO,
    BYTE,
    SHORT
  }

  /** A column of the contract, and how the frame has it. */
  record Source(Column column, Narrow narrow) implements Serializable {}

  /**
   * Compares a frame with a contract. INVALID_TYPE or NOT_FOUND, naming the column, where they do
   * not fit.
   */
  static WriteColumns check(Relation relation, StructType frame) {
    RowSchema schema = relation.schema();
    String act = "Cannot write to " + relation.what() + ": ";
    int op = -1;
    int[] ordinals = new int[schema.size()];
    Arrays.fill(ordinals, -1);
    Narrow[] narrow = new Narrow[schema.size()];
    Arrays.fill(narrow, Narrow.NO);
    for (int i = 0; i < frame.size(); i++) {
      StructField field = frame.fields()[i];
      int index = schema.indexOf(field.name());
      if (index >= 0 && ordinals[index] >= 0) {
        throw new MillraceException(
            ErrorCode.INVALID_NAME, act + "the frame has column " + field.name() + " twice");
      } else if (index >= 0) {
        ordinals[index] = i;
        narrow[index] = requireType(act, schema.column(index), field);
      } else if (field.name().equalsIgnoreCase(Metadata.OP.column())) {
        op = requireOp(act, relation, field, i);
      } else {
        throw new MillraceException(
                ErrorCode.NOT_FOUND, act + "its contract has no column " + field.name())
            .hint("Its columns are " + names(relation) + "; drop or rename the frame's.");
      }
    }
    for (int i = 0; i < ordinals.length; i++) {
      Column column = schema.column(i);
      if (ordinals[i] < 0 && !column.type().nullable()) {
        throw new MillraceException(
                ErrorCode.NOT_FOUND, act + "the frame has no column " + column.name())
            .hint(column.name() + " is " + column.type() + ", so every row needs a value.");
      }
    }
    List<Source> sources =
        java.util.stream.IntStream.range(0, schema.size())
            .mapToObj(i -> new Source(schema.column(i), narrow[i]))
            .toList();
    return new WriteColumns(sources, ordinals, op);
  }

  static String names(Relation relation) {
    return relation.schema().columns().stream().map(Column::name).collect(Collectors.joining(", "));
  }

  private static int requireOp(String act, Relation relation, StructField field, int ordinal) {
    if (!relation.isTable()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED, act + "rows of a stream are only added, it takes no _op")
          .hint("Drop column _op.");
    }
    if (!(field.dataType() instanceof org.apache.spark.sql.types.StringType)) {
      throw new MillraceException(
              ErrorCode.INVALID_TYPE, act + "column _op is " + field.dataType().sql())
          .hint("It is a STRING: 'upsert' or 'delete'.");
    }
    return ordinal;
  }

  private static Narrow requireType(String act, Column column, StructField field) {
    org.apache.spark.sql.types.DataType wanted = SparkTypes.toSpark(column.type());
    org.apache.spark.sql.types.DataType given = field.dataType();
    if (column.type().kind() == DataType.Kind.INT && given instanceof ByteType) {
      return Narrow.BYTE;
    }
    if (column.type().kind() == DataType.Kind.INT && given instanceof ShortType) {
      return Narrow.SHORT;
    }
    if (!SparkTypes.isSame(wanted, given)) {
      throw new MillraceException(
              ErrorCode.INVALID_TYPE,
              act
                  + "column "
                  + column.name()
                  + " is "
                  + column.type().bareText()
                  + ", the frame has "
                  + given.sql())
          .hint("CAST(" + field.name() + " AS " + wanted.sql() + ") in the frame.");
    }
    return Narrow.NO;
  }
}
