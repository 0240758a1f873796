package io.millrace.testserver.snowflake;

/** Database, schema and object, folded as Snowflake folds them. */
record ObjectName(String database, String schema, String object) {

  /** Reads {@code [[database.]schema.]object}; what is not said is the session's. */
  static ObjectName read(Cursor cursor, Session session) throws SnowflakeException {
    String[] parts = {session.database(), session.schema(), null};
    int count = 0;
    do {
      Token token = cursor.next();
      if (!token.isIdentifier() || count == 3) {
        throw SnowflakeException.syntax("'" + token.text() + "' is no name");
      }
      if (count > 0) {
        parts[0] = count == 2 ? parts[1] : parts[0];
        parts[1] = parts[2];
      }
      parts[2] = token.folded();
      count++;
    } while (cursor.take("."));
    return new ObjectName(parts[0], parts[1], parts[2]);
  }

  /** As DuckDB wants it. */
  String quoted() {
    return Dialect.quote(database) + "." + Dialect.quote(schema) + "." + Dialect.quote(object);
  }

  ObjectName withObject(String other) {
    return new ObjectName(database, schema, other);
  }

  @Override
  public String toString() {
    return database + "." + schema + "." + object;
  }
}
