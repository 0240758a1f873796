/** The weblog pipeline: log lines in, typed rows, a summary and Parquet files out, all checked. */
package io.millrace.examples.weblogs;
