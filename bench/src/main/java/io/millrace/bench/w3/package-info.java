/** W3: a topic of typed rows becomes Parquet files, exactly once. */
package io.millrace.bench.w3;
