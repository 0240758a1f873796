/** How fast Spark reads a typed topic. */
package io.millrace.bench.read;
