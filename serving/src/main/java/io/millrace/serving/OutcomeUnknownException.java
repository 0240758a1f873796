package io.millrace.serving;

import io.millrace.model.MillraceException;

/**
 * A commit failed, and what it should have written may be there all the same: look before anything
 * is written again.
 */
final class OutcomeUnknownException extends MillraceException {
  private static final long serialVersionUID = 1L;

  OutcomeUnknownException(MillraceException why) {
    super(why.code(), why.getMessage(), why);
  }
}
