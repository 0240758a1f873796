package io.millrace.registry;

/**
 * Why a schema may not become the next version of a contract.
 *
 * @param field the dotted name of the field at fault; empty for the schema as a whole
 * @param reason a sentence that names the field and both versions
 */
public record ContractProblem(String field, Direction direction, String reason) {
  /** Which rows could not be read. */
  public enum Direction {
    /** The new version cannot read rows written with an earlier one. */
    BACKWARD,
    /** An earlier version cannot read rows written with the new one. */
    FORWARD,
    /** The registry did not say. */
    UNKNOWN
  }

  @Override
  public String toString() {
    return reason;
  }
}
