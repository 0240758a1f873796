package io.millrace.sink;

/** What a sink promises of each row once it is committed. */
public enum Guarantee {
  /** Each row is there once, through crashes. */
  EXACTLY_ONCE,
  /** A row may be written again under its key, with the same content. */
  EFFECTIVELY_ONCE_BY_KEY,
  /** No row is lost; one may be there twice after a crash. */
  AT_LEAST_ONCE
}
