package io.millrace.testserver.snowflake;

/** An error as Snowflake answers it: its number and SQL state are what drivers act on. */
final class SnowflakeException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String code;
  private final String state;

  SnowflakeException(String code, String state, String message) {
    super(message);
    this.code = code;
    this.state = state;
  }

  String code() {
    return code;
  }

  String state() {
    return state;
  }

  static SnowflakeException missing(String what, String name) {
    return new SnowflakeException(
        "002003",
        "02000",
        "SQL compilation error:\n" + what + " '" + name + "' does not exist or not authorized.");
  }

  static SnowflakeException syntax(String message) {
    return new SnowflakeException("001003", "42000", "SQL compilation error:\n" + message);
  }
}
