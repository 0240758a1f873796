/** Watermarks that travel in record headers: their bytes, and the reader's rule. */
package io.millrace.flow.topic.mark;
