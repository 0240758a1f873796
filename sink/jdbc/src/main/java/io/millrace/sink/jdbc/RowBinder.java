package io.millrace.sink.jdbc;

import io.millrace.model.DataType;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;

/** Reads rows that {@link RowText} wrote and adds each to a statement's batch. */
final class RowBinder {
  private final byte[] text;
  private final int size;
  private final Dialect dialect;
  private int at;

  RowBinder(byte[] text, int size, Dialect dialect) {
    this.text = text;
    this.size = size;
    this.dialect = dialect;
  }

  /** Binds those of each row's columns that are wanted to the parameters from 1 on. */
  void addAll(List<TargetColumn> columns, List<TargetColumn> wanted, PreparedStatement statement)
      throws SQLException {
    while (at < size) {
      int parameter = 0;
      for (TargetColumn column : columns) {
        String value = next();
        if (wanted.contains(column)) {
          bind(statement, ++parameter, column.type(), value);
        }
      }
      statement.addBatch();
    }
  }

  private void bind(PreparedStatement statement, int parameter, DataType type, String value)
      throws SQLException {
    if (value == null) {
      statement.setNull(
          parameter, type.kind() == DataType.Kind.BYTES ? Types.VARBINARY : Types.VARCHAR);
      return;
    }
    switch (type.kind()) {
      case BOOLEAN -> statement.setBoolean(parameter, value.equals("t"));
      case INT, BIGINT -> statement.setLong(parameter, Long.parseLong(value));
      case FLOAT -> statement.setFloat(parameter, Float.parseFloat(value));
      case DOUBLE -> statement.setDouble(parameter, Double.parseDouble(value));
      case DECIMAL -> statement.setBigDecimal(parameter, new BigDecimal(value));
      case STRING, ARRAY, MAP, ROW -> statement.setString(parameter, value);
      case BYTES ->
          statement.setBytes(parameter, HexFormat.of().parseHex(value, 2, value.length()));
      case DATE -> statement.setObject(parameter, LocalDate.parse(value));
      case TIME -> statement.setObject(parameter, LocalTime.parse(value));
      case TIMESTAMP ->
          statement.setObject(parameter, LocalDateTime.parse(value.replace(' ', 'T')));
      case TIMESTAMP_LTZ -> {
        LocalDateTime utc =
            LocalDateTime.parse(value.substring(0, value.length() - 1).replace(' ', 'T'));
        OffsetDateTime instant = utc.atOffset(ZoneOffset.UTC);
        statement.setObject(parameter, dialect.knowsTimeZones() ? instant : utc);
      }
    }
  }

  /** The next field without its escapes, null for {@code \N}; steps over what ends it. */
  private String next() {
    int start = at;
    boolean escaped = false;
    while (text[at] != '\t' && text[at] != '\n') {
      if (text[at] == '\\') {
        escaped = true;
        at++;
      }
      at++;
    }
    int end = at++;
    if (!escaped) {
      return new String(text, start, end - start, StandardCharsets.UTF_8);
    }
    if (end - start == 2 && text[start + 1] == 'N') {
      return null;
    }
    byte[] plain = new byte[end - start];
    int length = 0;
    for (int i = start; i < end; i++) {
      byte b = text[i];
      if (b == '\\') {
        b =
            switch (text[++i]) {
              case 'n' -> '\n';
              case 'r' -> '\r';
              case 't' -> '\t';
              default -> text[i];
            };
      }
      plain[length++] = b;
    }
    return new String(plain, 0, length, StandardCharsets.UTF_8);
  }
}
