/**
 * Parquet files in Google Cloud Storage: objects that wait aside, put in place at the checkpoint.
 */
package io.millrace.sink.gcs;
