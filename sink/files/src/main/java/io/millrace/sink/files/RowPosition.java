package io.millrace.sink.files;

/** Which row of a stream: its record, and which of that record's rows it is, from 0. */
record RowPosition(int partition, long offset, int row) {}
