package io.millrace.sink.files;

/** A file that is written to its end; closed, and without the memory that writing it took. */
record WholeFile(String folder, FileOutput output, long rows) {}
