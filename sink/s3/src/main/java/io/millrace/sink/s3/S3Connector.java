package io.millrace.sink.s3;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.sink.files.ObjectPath;
import io.millrace.sink.files.ObjectPlace;
import io.millrace.sink.files.ObjectsConnector;
import java.util.List;

/** {@code INTO s3}: a stream as Parquet files in a bucket of S3, or of what speaks its protocol. */
public final class S3Connector extends ObjectsConnector {
  private static final long serialVersionUID = 1L;

  static final Setting<String> PATH =
      Setting.text("path", null, "The bucket and prefix of the files: s3://bucket/prefix.");
  static final Setting<String> REGION =
      Setting.text(
          "region",
          null,
          "The bucket's region; without it, what AWS_REGION, the profile or the machine says, or,"
              + " with an endpoint, us-east-1.");
  static final Setting<String> ENDPOINT =
      Setting.text("endpoint", null, "The URL of another server than Amazon's.");
  static final Setting<Boolean> PATH_STYLE =
      Setting.onOff(
          "path-style",
          "off",
          "Whether the bucket stands in the path of a URL rather than in its host.");
  static final Setting<String> ACCESS_KEY_ID =
      Setting.text(
          "access-key-id",
          null,
          "With the secret: who writes. Without both, AWS's default chain: variables, profile,"
              + " role of the machine.");
  static final Setting<String> SECRET_ACCESS_KEY =
      Setting.text(
          "secret-access-key", null, "As ${env:NAME} or ${file:PATH}, so that it is not stored.");
  static final Setting<String> SESSION_TOKEN =
      Setting.text("session-token", null, "Of temporary credentials, as ${env:} or ${file:}.");

  static final List<Setting<?>> SETTINGS =
      List.of(PATH, REGION, ENDPOINT, PATH_STYLE, ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN);

  @Override
  public String type() {
    return "s3";
  }

  @Override
  public List<Setting<?>> secrets() {
    return List.of(SECRET_ACCESS_KEY, SESSION_TOKEN);
  }

  @Override
  protected List<Setting<?>> ownSettings() {
    return SETTINGS;
  }

  @Override
  protected ObjectPlace place(String what, Settings settings) {
    if (settings.isSet(ACCESS_KEY_ID) != settings.isSet(SECRET_ACCESS_KEY)) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION,
              "Cannot create " + what + ": one of access key id and secret is missing")
          .hint("Set 'access-key-id' and 'secret-access-key', or neither.");
    }
    return new S3Place(ObjectPath.parse("s3", settings.get(PATH)), asWritten(settings));
  }
}
