package io.millrace.source;

import io.millrace.model.RowKind;

/**
 * One row to be written as plain values in contract order: Boolean, numbers, BigDecimal, String,
 * byte[], LocalDate, LocalTime, LocalDateTime (TIMESTAMP), Instant (TIMESTAMP_LTZ), List, Map (MAP
 * and ROW), null. A DELETE needs its key columns only; the others may be null.
 */
public record RowChange(RowKind kind, Object[] values) {}
