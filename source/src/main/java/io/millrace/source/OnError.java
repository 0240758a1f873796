package io.millrace.source;

/** What becomes of a request when a row of it is refused. */
public enum OnError {
  /** Nothing of the request is written. */
  REJECT,
  /** The other rows are written. */
  SKIP
}
