package io.millrace.sink;

import java.io.Serializable;
import java.util.Arrays;

/** What a writer staged and a committer commits, in the sink's own versioned encoding. */
public record Staged(byte[] payload) implements Serializable {
  @Override
  public boolean equals(Object other) {
    return other instanceof Staged staged && Arrays.equals(payload, staged.payload);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(payload);
  }

  @Override
  public String toString() {
    return "Staged[" + payload.length + " bytes]";
  }
}
