package io.millrace.model;

/** What a row does to a table: it sets the row of its key, or deletes it. */
public enum RowKind {
  UPSERT,
  DELETE
}
