/** The end of the path at Redis: a stream's or a table's rows as hashes or JSON texts. */
package io.millrace.sink.redis;
