package io.millrace.registry.server;

/**
 * What may be changed. READONLY_OVERRIDE is an old name for READONLY. In IMPORT the client gives
 * ids and versions and nothing is compared; FORWARD, for all contexts alone, is the same for
 * clients that give ids.
 */
enum Mode {
  READWRITE,
  READONLY,
  READONLY_OVERRIDE,
  IMPORT,
  FORWARD;

  boolean isReadOnly() {
    return this == READONLY || this == READONLY_OVERRIDE;
  }

  /** Whether schemas come with their ids, from another registry that has checked them. */
  boolean takesIds() {
    return this == IMPORT || this == FORWARD;
  }
}
