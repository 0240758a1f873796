package io.millrace.sink.parquet;

import java.io.IOException;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.bytes.BytesUtils;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageWriter;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.column.values.ValuesWriter;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/**
 * One column of a file: the values of its page with their levels (Melnik et al., "Dremel", VLDB
 * 2010), until the page is ended. In place of Parquet's own, which takes a call for each level of
 * each value. Not thread-safe.
 */
final class Leaf {
  private final ColumnDescriptor column;
  private final ParquetProperties properties;
  private final int definition;
  private final boolean repeated;
  private final HybridInts repetitions;
  private final HybridInts definitions;

  /** For texts and bytes; else null. */
  private final TextValues texts;

  /** For all but texts and bytes. */
  private final ValuesWriter values;

  private PageWriter pages;
  private Statistics<?> statistics;
  private int size;
  private int rows;

  Leaf(ColumnDescriptor column, ParquetProperties properties) {
    this.column = column;
    this.properties = properties;
    this.definition = column.getMaxDefinitionLevel();
    this.repeated = column.getMaxRepetitionLevel() > 0;
    this.repetitions = new HybridInts(properties.getAllocator(), properties.getPageSizeThreshold());
    this.definitions = new HybridInts(properties.getAllocator(), properties.getPageSizeThreshold());
    boolean binary = column.getPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.BINARY;
    this.texts = binary ? new TextValues(properties) : null;
    this.values = binary ? null : properties.newValuesWriter(column);
    beginPage();
  }

  ColumnDescriptor column() {
    return column;
  }

  void beginRowGroup(PageWriter ofGroup) {
    pages = ofGroup;
  }

  private void beginPage() {
    statistics = Statistics.createStats(column.getPrimitiveType());
    repetitions.clear();
    definitions.clear();
    size = 0;
    rows = 0;
  }

  private void level(int repetition, int valueDefinition) {
    if (repeated) {
      repetitions.add(repetition);
    }
    if (definition > 0) {
      definitions.add(valueDefinition);
    }
    size++;
    if (repetition == 0) {
      rows++;
    }
  }

  void setNull(int repetition, int lastDefined) {
    level(repetition, lastDefined);
    statistics.incrementNumNulls();
  }

  void setBoolean(int repetition, boolean value) {
    level(repetition, definition);
    values.writeBoolean(value);
    statistics.updateStats(value);
  }

  void setInt(int repetition, int value) {
    level(repetition, definition);
    values.writeInteger(value);
    statistics.updateStats(value);
  }

  void setLong(int repetition, long value) {
    level(repetition, definition);
    values.writeLong(value);
    statistics.updateStats(value);
  }

  void setFloat(int repetition, float value) {
    level(repetition, definition);
    values.writeFloat(value);
    statistics.updateStats(value);
  }

  void setDouble(int repetition, double value) {
    level(repetition, definition);
    values.writeDouble(value);
    statistics.updateStats(value);
  }

  /** A value of as many bytes as the column's type says, which may be used again after. */
  void setFixed(int repetition, byte[] value) {
    level(repetition, definition);
    Binary binary = Binary.fromReusedByteArray(value);
    values.writeBytes(binary);
    statistics.updateStats(binary);
  }

  void setText(int repetition, byte[] bytes, int offset, int length) {
    level(repetition, definition);
    texts.add(bytes, offset, length);
  }

  private long pageBytes() {
    return repetitions.bytes()
        + definitions.bytes()
        + (texts == null ? values.getBufferedSize() : texts.pageBytes());
  }

  /** Bytes in memory. */
  long gathered() {
    return pageBytes() + (texts == null ? 0 : texts.dictionaryBytes()) + pages.getMemSize();
  }

  /** Ends the page where it is big enough; only between two rows. */
  void endFullPage() throws IOException {
    if (rows >= properties.getPageRowCountLimit()
        || pageBytes() >= properties.getPageSizeThreshold()) {
      endPage();
    }
  }

  private void endPage() throws IOException {
    BytesInput pageValues;
    Encoding encoding;
    if (texts == null) {
      pageValues = values.getBytes();
      encoding = values.getEncoding();
    } else {
      TextValues.Page page = texts.endPage(statistics);
      pageValues = page.values();
      encoding = page.encoding();
    }
    pages.writePage(
        BytesInput.concat(
            levels(repetitions, column.getMaxRepetitionLevel()),
            levels(definitions, definition),
            pageValues),
        size,
        rows,
        statistics,
        encoding(column.getMaxRepetitionLevel()),
        encoding(definition),
        encoding);
    if (texts == null) {
      values.reset();
    }
    beginPage();
  }

  private static BytesInput levels(HybridInts levels, int most) throws IOException {
    if (most == 0) {
      return BytesInput.empty();
    }
    BytesInput runs = levels.encode(BytesUtils.getWidthFromMaxInt(most));
    return BytesInput.concat(BytesInput.fromInt(Math.toIntExact(runs.size())), runs);
  }

  /** Where there is but one level none is written, which Parquet calls bit-packed. */
  @SuppressWarnings("deprecation")
  private static Encoding encoding(int most) {
    return most == 0 ? Encoding.BIT_PACKED : Encoding.RLE;
  }

  void endRowGroup() throws IOException {
    if (size > 0) {
      endPage();
    }
    DictionaryPage dictionary =
        texts == null ? values.toDictPageAndClose() : texts.dictionaryPage();
    if (dictionary != null) {
      pages.writeDictionaryPage(dictionary);
    }
    if (texts == null) {
      values.resetDictionary();
    } else {
      texts.beginRowGroup();
    }
  }

  void close() {
    if (texts == null) {
      values.close();
    }
  }
}
