/** The end of the path at MongoDB: a stream's or a table's rows as documents of a collection. */
package io.millrace.sink.mongodb;
