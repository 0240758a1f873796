package io.millrace.source.file;

import io.millrace.format.Formats;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.PatternSyntaxException;

/**
 * The options of a source of files, checked.
 *
 * @param folder absolute
 * @param files matches a file's name, without its folder
 * @param formatOptions the options of the format alone
 */
record FileOptions(
    Path folder,
    PathMatcher files,
    boolean recursive,
    String format,
    Map<String, String> formatOptions,
    Duration every,
    Duration idle,
    Duration forget) {
  static FileOptions of(Name source, Settings settings) {
    String what = "Cannot create source " + source + ": ";
    String format = settings.get(FileConnector.FORMAT);
    List<String> known = Formats.options(format).stream().map(Setting::key).toList();
    Map<String, String> own = new TreeMap<>();
    for (Setting<?> option : FileConnector.ofFormats()) {
      if (settings.isSet(option)) {
        if (!known.contains(option.key())) {
          throw new MillraceException(
                  ErrorCode.INVALID_OPTION,
                  what + "'" + option.key() + "' is no option of format " + format)
              .hint(
                  known.isEmpty()
                      ? "That has none."
                      : "Its options: " + String.join(", ", known) + ".");
        }
        own.put(option.key(), settings.asWritten().get(option.key()));
      }
    }
    Duration every = settings.get(FileConnector.EVERY);
    if (every.toMillis() < 1) {
      throw new MillraceException(
          ErrorCode.INVALID_OPTION, what + "'every' has to be a millisecond at least");
    }
    return new FileOptions(
        folder(what, settings.get(FileConnector.PATH)),
        glob(what, settings.get(FileConnector.FILES)),
        settings.get(FileConnector.RECURSIVE),
        format,
        own,
        every,
        settings.get(FileConnector.IDLE),
        settings.get(FileConnector.FORGET));
  }

  private static Path folder(String what, String text) {
    try {
      return Path.of(text).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new MillraceException(
          ErrorCode.INVALID_OPTION, what + "'path' is none: " + e.getMessage(), e);
    }
  }

  private static PathMatcher glob(String what, String text) {
    try {
      return FileSystems.getDefault().getPathMatcher("glob:" + text);
    } catch (PatternSyntaxException e) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION, what + "'files' is no pattern: " + e.getMessage(), e)
          .hint("Such as '*.log' or 'web-*.{csv,csv.gz}'.");
    }
  }
}
