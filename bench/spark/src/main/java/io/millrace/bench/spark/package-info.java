/** What Spark does in the benchmarks. */
package io.millrace.bench.spark;
