/** Rows of Flink's binary format, written field by field and read back. */
package io.millrace.flow.topic.row;
