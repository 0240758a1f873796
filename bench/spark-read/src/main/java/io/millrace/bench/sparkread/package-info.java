/** What Spark reads in the benchmark of its sources. */
package io.millrace.bench.sparkread;
