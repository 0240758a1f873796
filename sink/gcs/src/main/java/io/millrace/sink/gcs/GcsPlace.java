package io.millrace.sink.gcs;

import com.google.api.gax.retrying.RetrySettings;
import com.google.auth.Credentials;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.cloud.NoCredentials;
import com.google.cloud.http.HttpTransportOptions;
import com.google.cloud.storage.StorageOptions;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Settings;
import io.millrace.sink.files.ObjectPath;
import io.millrace.sink.files.ObjectPlace;
import io.millrace.sink.files.ObjectStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A prefix of a bucket.
 *
 * @param options this connector's settings as written: secrets are references
 */
record GcsPlace(ObjectPath path, Map<String, String> options) implements ObjectPlace {
  private static final int CONNECT_MS = 5_000;
  private static final int READ_MS = 30_000;

  /** Of all attempts of a call. */
  private static final Duration CALL = Duration.ofSeconds(90);

  @Override
  public ObjectStore open() {
    Settings settings = Settings.of("sink", options, GcsConnector.SETTINGS);
    StorageOptions.Builder storage =
        StorageOptions.http()
            .setCredentials(credentials(settings))
            .setTransportOptions(
                HttpTransportOptions.newBuilder()
                    .setConnectTimeout(CONNECT_MS)
                    .setReadTimeout(READ_MS)
                    .build())
            .setRetrySettings(
                RetrySettings.newBuilder()
                    .setInitialRetryDelayDuration(Duration.ofMillis(200))
                    .setRetryDelayMultiplier(2)
                    .setMaxRetryDelayDuration(Duration.ofSeconds(5))
                    .setMaxAttempts(4)
                    .setTotalTimeoutDuration(CALL)
                    .build());
    settings
        .find(GcsConnector.ENDPOINT)
        .ifPresent(url -> storage.setHost(ObjectPlace.endpoint(url).toString()));
    // Only creating buckets needs a project, but the client insists on one.
    storage.setProjectId(settings.find(GcsConnector.PROJECT).orElse("unset"));
    return new GcsStore(storage.build().getService(), path);
  }

  private static Credentials credentials(Settings settings) {
    if (settings.get(GcsConnector.ANONYMOUS)) {
      return NoCredentials.getInstance();
    }
    Optional<String> key = settings.find(GcsConnector.CREDENTIALS);
    try {
      GoogleCredentials credentials =
          key.isPresent()
              ? GoogleCredentials.fromStream(
                  new ByteArrayInputStream(key.get().getBytes(StandardCharsets.UTF_8)))
              : GoogleCredentials.getApplicationDefault();
      return credentials.createScoped("https://www.googleapis.com/auth/devstorage.read_write");
    } catch (IOException e) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION,
              key.isPresent()
                  ? "Invalid value for 'credentials': " + e.getMessage()
                  : "Cannot find credentials for Google Cloud Storage: " + e.getMessage(),
              e)
          .hint("Set 'credentials' = '${file:PATH}' to a service account's key in JSON.");
    }
  }
}
