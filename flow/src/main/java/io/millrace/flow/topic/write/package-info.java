/** The running half of a topic table's sink: rows and watermarks in, records out. */
package io.millrace.flow.topic.write;
