package io.millrace.format.avro;

import io.millrace.format.DecodeException;
import io.millrace.format.RecordDecoder;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.avro.Schema;

/**
 * Reads Avro records in Confluent's wire format: a zero byte, the writer's schema id in four bytes,
 * Avro binary. Plans are made once per id and kept. Fields match columns by name, then alias, then
 * name without case; columns that the writer does not have are their default or NULL.
 */
public final class AvroRecordDecoder implements RecordDecoder {
  private static final int HEADER = 5;

  private final IntFunction<Schema> schemas;
  private final List<Column> columns;
  private final int[] targets;
  private final Schema reader;
  private final Map<Integer, ReadStep> plans = new HashMap<>();
  private final AvroReader in = new AvroReader();
  private int currentId = -1;
  private ReadStep currentPlan;

  /**
   * {@code schemas} answers the schema of an id or throws CONTRACT_NOT_FOUND; column i goes to the
   * target's column {@code targets[i]}, -1 for none; {@code reader} is the reader's own contract
   * with its defaults and aliases, or null.
   */
  public AvroRecordDecoder(
      IntFunction<Schema> schemas, List<Column> columns, int[] targets, Schema reader) {
    this.schemas = schemas;
    this.columns = List.copyOf(columns);
    this.targets = targets.clone();
    this.reader = reader;
  }

  @Override
  public int decode(byte[] bytes, int offset, int length, RowWriter target) throws DecodeException {
    if (length < HEADER || bytes[offset] != 0) {
      throw new DecodeException("does not start with a zero byte and a four-byte schema id", 0);
    }
    int id =
        bytes[offset + 1] << 24
            | (bytes[offset + 2] & 0xff) << 16
            | (bytes[offset + 3] & 0xff) << 8
            | bytes[offset + 4] & 0xff;
    if (id != currentId || currentPlan == null) {
      currentPlan = plan(id);
      currentId = id;
    }
    int end = offset + length;
    in.start(bytes, offset + HEADER, end, offset);
    target.beginRow();
    try {
      in.row(currentPlan, target);
      if (in.position() != end) {
        throw new DecodeException(
            end - in.position() + " bytes left over", in.position() - (long) offset);
      }
    } catch (DecodeException e) {
      target.abandonRow();
      throw e;
    }
    target.endRow();
    return 1;
  }

  private ReadStep plan(int id) throws DecodeException {
    ReadStep plan = plans.get(id);
    if (plan == null) {
      plan = ReadPlanner.plan(schema(id), columns, targets, reader);
      plans.put(id, plan);
    }
    return plan;
  }

  private Schema schema(int id) throws DecodeException {
    try {
      return schemas.apply(id);
    } catch (MillraceException e) {
      if (e.code() != ErrorCode.CONTRACT_NOT_FOUND) {
        throw e;
      }
      throw new DecodeException("the registry has no schema of id " + id, 1);
    }
  }
}
