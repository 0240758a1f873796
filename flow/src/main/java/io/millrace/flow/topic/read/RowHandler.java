package io.millrace.flow.topic.read;

import io.millrace.catalog.Relation;
import io.millrace.flow.topic.TopicTable;
import io.millrace.flow.topic.row.BinaryRowDataWriter;
import io.millrace.format.DecodeException;
import io.millrace.format.Formats;
import io.millrace.format.RecordDecoder;
import io.millrace.model.DataType;
import io.millrace.registry.Contracts;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.RowKind;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Records of a stream or table as rows: the projected columns, then the metadata asked for. In a
 * table a record without a value is the DELETE of its key, and carries the key columns alone.
 */
public final class RowHandler implements RecordHandler<RowData> {
  private static final long serialVersionUID = 1L;

  private final int[] projection;
  private final Metadata[] metadata;
  private transient Contracts contracts;
  private transient RecordDecoder values;
  private transient RecordDecoder keys;
  private transient Rows rows;

  /** {@code projection}: indexes into the relation's schema, one per column of the row. */
  public RowHandler(int[] projection, List<Metadata> metadata) {
    this.projection = projection.clone();
    this.metadata = metadata.toArray(Metadata[]::new);
  }

  @Override
  public void open(TopicTable table) {
    Relation relation = table.relation();
    contracts = new Contracts(table.registry());
    Formats formats = new Formats(contracts);
    values =
        formats.decoder(
            relation.format(),
            relation.options(),
            relation.schema(),
            projection,
            relation.valueSchemaId());
    keys = relation.isTable() ? formats.keyDecoder(relation.schema(), projection) : null;
    List<DataType> types = new ArrayList<>();
    for (int column : projection) {
      types.add(relation.schema().column(column).type());
    }
    for (Metadata one : metadata) {
      types.add(one.type());
    }
    rows = new Rows(types);
  }

  @Override
  public void handle(ConsumerRecord<byte[], byte[]> record, Consumer<RowData> target)
      throws DecodeException {
    rows.record = record;
    rows.target = target;
    if (record.value() != null) {
      rows.kind(RowKind.INSERT);
      values.at(record.offset());
      values.decode(record.value(), 0, record.value().length, rows);
    } else if (keys != null && record.key() != null) {
      rows.kind(RowKind.DELETE);
      keys.decode(record.key(), 0, record.key().length, rows);
    } else if (!values.skipsEmpty()) {
      throw new DecodeException("it has no value", -1);
    }
  }

  @Override
  public void close() {
    if (contracts != null) {
      contracts.close();
    }
  }

  private final class Rows extends BinaryRowDataWriter {
    private ConsumerRecord<byte[], byte[]> record;
    private Consumer<RowData> target;

    Rows(List<DataType> types) {
      super(types);
    }

    @Override
    protected void accept(RowData row) {
      target.accept(row);
    }

    @Override
    public void endRow() {
      for (int i = 0; i < metadata.length; i++) {
        metadata[i].write(record, projection.length + i, this);
      }
      super.endRow();
    }
  }
}
