/** Relational marts: streams appended exactly once, tables kept by key, over JDBC. */
package io.millrace.sink.jdbc;
