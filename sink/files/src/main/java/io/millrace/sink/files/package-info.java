/**
 * Parquet files, on disk or in object stores: staged out of sight, put into place at the
 * checkpoint.
 */
package io.millrace.sink.files;
