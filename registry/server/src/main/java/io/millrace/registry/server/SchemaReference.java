package io.millrace.registry.server;

/** A schema's mention of another: the type's name as used, and the version that defines it. */
record SchemaReference(String name, String subject, int version)
    implements Comparable<SchemaReference> {
  @Override
  public int compareTo(SchemaReference other) {
    int bySubject = subject.compareTo(other.subject);
    return bySubject != 0 ? bySubject : Integer.compare(version, other.version);
  }
}
