package io.millrace.sink.files;

/** A stream in an object store. Immutable; sent to the tasks that write. */
record ObjectSink(FileLayout layout, ObjectPlace place) implements FileSink {
  @Override
  public Staging staging() {
    return new ObjectStaging(place.open(), layout.fileName(), layout.limits());
  }
}
