/**
 * Streams and tables in Spark: a data source, a sink, a catalog, and the sinks of the warehouse.
 */
package io.millrace.interop.spark;
