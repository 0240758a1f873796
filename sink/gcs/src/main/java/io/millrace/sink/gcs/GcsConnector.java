package io.millrace.sink.gcs;

import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.sink.files.ObjectPath;
import io.millrace.sink.files.ObjectPlace;
import io.millrace.sink.files.ObjectsConnector;
import java.util.List;

/** {@code INTO gcs}: a stream as Parquet files in a bucket of Google Cloud Storage. */
public final class GcsConnector extends ObjectsConnector {
  private static final long serialVersionUID = 1L;

  static final Setting<String> PATH =
      Setting.text("path", null, "The bucket and prefix of the files: gs://bucket/prefix.");
  static final Setting<String> PROJECT =
      Setting.text("project", null, "The project; without it, that of the credentials.");
  static final Setting<String> ENDPOINT =
      Setting.text("endpoint", null, "The URL of another server than Google's.");
  static final Setting<String> CREDENTIALS =
      Setting.text(
          "credentials",
          null,
          "A service account's key in JSON, as ${file:PATH} or ${env:NAME}. Without it, Google's"
              + " default chain: GOOGLE_APPLICATION_CREDENTIALS, gcloud, the machine's account.");
  static final Setting<Boolean> ANONYMOUS =
      Setting.onOff(
          "anonymous", "off", "Whether requests bear no credentials: a server may ask for none.");

  static final List<Setting<?>> SETTINGS = List.of(PATH, PROJECT, ENDPOINT, CREDENTIALS, ANONYMOUS);

  @Override
  public String type() {
    return "gcs";
  }

  @Override
  public List<Setting<?>> secrets() {
    return List.of(CREDENTIALS);
  }

  @Override
  protected List<Setting<?>> ownSettings() {
    return SETTINGS;
  }

  @Override
  protected ObjectPlace place(String what, Settings settings) {
    return new GcsPlace(ObjectPath.parse("gs", settings.get(PATH)), asWritten(settings));
  }
}
