/** Rows as text: the JSON documents that sinks put into columns, keys and indexes. */
package io.millrace.sink.documents;
