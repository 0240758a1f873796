/** Parquet columns as a target of rows; where the bytes go is not known here. */
package io.millrace.sink.parquet;
