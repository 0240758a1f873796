/** The weblog pipeline as a program of Spark Structured Streaming. */
package io.millrace.examples.spark;
