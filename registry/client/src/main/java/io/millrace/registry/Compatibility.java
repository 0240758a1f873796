package io.millrace.registry;

/**
 * How a new version of a contract must fit the earlier ones. BACKWARD: the new version reads rows
 * written with the earlier; FORWARD: the earlier reads rows written with the new; FULL: both. The
 * TRANSITIVE levels compare with every earlier version, the others with the latest alone.
 */
public enum Compatibility {
  NONE,
  BACKWARD,
  BACKWARD_TRANSITIVE,
  FORWARD,
  FORWARD_TRANSITIVE,
  FULL,
  FULL_TRANSITIVE;

  /** Whether a new version must read rows of earlier ones. */
  public boolean isBackward() {
    return this == BACKWARD || this == BACKWARD_TRANSITIVE || isFull();
  }

  /** Whether earlier versions must read rows of a new one. */
  public boolean isForward() {
    return this == FORWARD || this == FORWARD_TRANSITIVE || isFull();
  }

  /** Whether every earlier version counts, not the latest alone. */
  public boolean isTransitive() {
    return name().endsWith("_TRANSITIVE");
  }

  private boolean isFull() {
    return this == FULL || this == FULL_TRANSITIVE;
  }
}
