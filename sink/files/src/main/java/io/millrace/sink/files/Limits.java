package io.millrace.sink.files;

import java.io.Serializable;

/** When a file is full, and how much all open files of a writer may gather in memory, in bytes. */
record Limits(long maxRows, long maxBytes, long memory) implements Serializable {}
