package io.millrace.sink.snowflake;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Set;

/**
 * Tells failures that may pass from those that need a person. Numbers and states are Snowflake's:
 * classes 22 (data), 28 (authorization) and 42 (syntax, access), 02000 (missing object), 57P03 (no
 * warehouse) and the login errors come again however often one tries.
 */
final class Failures {
  private static final Set<Integer> LOGIN_REFUSED =
      Set.of(390100, 390101, 390102, 390103, 390144, 390186, 390189, 390201);
  private static final int OBJECT_MISSING = 2003;

  private Failures() {}

  static boolean isMissingObject(SQLException e) {
    return e.getErrorCode() == OBJECT_MISSING;
  }

  private static boolean isFinal(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    return LOGIN_REFUSED.contains(e.getErrorCode())
        || state.startsWith("22")
        || state.startsWith("28")
        || state.startsWith("42")
        || state.equals("02000")
        || state.equals("57P03");
  }

  /**
   * For a delivery that runs: throws SINK_FAILED where trying again would not help, else answers
   * what makes it try again.
   *
   * @param what the sentence so far, such as "Cannot commit rows of sink x"
   */
  static IOException of(String what, SQLException e) {
    if (isFinal(e)) {
      throw refused(what, e);
    }
    return new IOException(what + ": " + sentence(e), e);
  }

  /** For CREATE SINK, where every failure is the user's to see. */
  static MillraceException refused(String what, SQLException e) {
    return new MillraceException(ErrorCode.SINK_FAILED, what + ": " + sentence(e), e).hint(hint(e));
  }

  private static String sentence(SQLException e) {
    return String.valueOf(e.getMessage()).replaceAll("\\s+", " ").strip();
  }

  private static String hint(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    if (LOGIN_REFUSED.contains(e.getErrorCode())) {
      return "Check the user and its public key (ALTER USER ... SET RSA_PUBLIC_KEY), and the"
          + " account; 'millrace snowflake setup' prints the statements.";
    }
    if (state.equals("57P03")) {
      return "Name a warehouse that the role may use ('warehouse').";
    }
    if (isMissingObject(e) || state.startsWith("42")) {
      return "Create it, or grant the role what it needs; 'millrace snowflake setup' prints the"
          + " statements.";
    }
    if (state.startsWith("22")) {
      return "The table was altered while the sink ran: PAUSE and RESUME the sink to read its"
          + " columns again.";
    }
    return "Check 'url' and that Snowflake can be reached from here.";
  }
}
