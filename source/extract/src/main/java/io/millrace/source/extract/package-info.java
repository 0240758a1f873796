/** Scheduled extracts: databases that are asked by JDBC, by the clock. */
package io.millrace.source.extract;
