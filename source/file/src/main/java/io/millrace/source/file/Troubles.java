package io.millrace.source.file;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.Optional;

/** What cannot be read, in words. */
final class Troubles {
  private static final int SHOWN = 3;

  private Troubles() {}

  /** Of file system failures the message is a path alone. */
  static String of(String act, IOException e) {
    String reason =
        e instanceof AccessDeniedException
            ? "the server's user may not"
            : e instanceof NoSuchFileException
                ? "it is not there"
                : e instanceof NotDirectoryException ? "it is no folder" : e.getMessage();
    return "Cannot " + act + ": " + (reason == null ? e.toString() : reason);
  }

  /** As one text, if there are any. */
  static Optional<String> told(List<String> troubles) {
    if (troubles.isEmpty()) {
      return Optional.empty();
    }
    String text = String.join("; ", troubles.subList(0, Math.min(SHOWN, troubles.size())));
    int more = troubles.size() - SHOWN;
    return Optional.of(more > 0 ? text + "; and " + more + " more" : text);
  }
}
