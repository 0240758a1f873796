/** The running half of a topic table's source: records in, rows and watermarks out. */
package io.millrace.flow.topic.read;
