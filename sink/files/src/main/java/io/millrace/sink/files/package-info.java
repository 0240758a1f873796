/** Parquet files on disk: staged out of sight, renamed into place at the checkpoint. */
package io.millrace.sink.files;
