/** Parquet files in S3: uploads that wait, completed at the checkpoint. */
package io.millrace.sink.s3;
