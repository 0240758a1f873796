package io.millrace.sink.files;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.Serializable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A bucket and the beginning of the keys of a sink's objects in it.
 *
 * @param scheme such as {@code s3}
 * @param prefix empty, or ending in a slash
 */
public record ObjectPath(String scheme, String bucket, String prefix) implements Serializable {
  private static final Pattern FORM = Pattern.compile("([a-z0-9]+)://([^/]+)((?:/.*)?)");

  /** Reads {@code scheme://bucket/prefix}; throws INVALID_OPTION. */
  public static ObjectPath parse(String scheme, String text) {
    Matcher form = FORM.matcher(text.strip());
    if (!form.matches() || !form.group(1).equals(scheme)) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION, "Invalid value for 'path': " + text.strip())
          .hint("Write " + scheme + "://bucket/prefix.");
    }
    String prefix = form.group(3).replaceAll("^/+|/+$", "");
    return new ObjectPath(scheme, form.group(2), prefix.isEmpty() ? "" : prefix + "/");
  }

  /** The whole key of an object. */
  public String key(String relative) {
    return prefix + relative;
  }

  /** The key of an object below the prefix, relative to it. */
  public String relative(String key) {
    return key.substring(prefix.length());
  }

  /** As people write it, without a slash at the end. */
  @Override
  public String toString() {
    return (scheme + "://" + bucket + "/" + prefix).replaceAll("/$", "");
  }
}
