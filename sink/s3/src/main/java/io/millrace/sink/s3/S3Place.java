package io.millrace.sink.s3;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Settings;
import io.millrace.sink.files.ObjectPath;
import io.millrace.sink.files.ObjectPlace;
import io.millrace.sink.files.ObjectStore;
import java.time.Duration;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * A prefix of a bucket.
 *
 * @param options this connector's settings as written: secrets are references
 */
record S3Place(ObjectPath path, Map<String, String> options) implements ObjectPlace {
  private static final Duration CONNECT = Duration.ofSeconds(5);

  /** Of one attempt, and of all attempts of a call; a part of 8 MB is at most in each. */
  private static final Duration ATTEMPT = Duration.ofSeconds(30);

  private static final Duration CALL = Duration.ofSeconds(90);

  @Override
  public ObjectStore open() {
    Settings settings = Settings.of("sink", options, S3Connector.SETTINGS);
    S3ClientBuilder client =
        S3Client.builder()
            .credentialsProvider(credentials(settings))
            .forcePathStyle(settings.get(S3Connector.PATH_STYLE))
            .overrideConfiguration(c -> c.apiCallAttemptTimeout(ATTEMPT).apiCallTimeout(CALL))
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    .connectionTimeout(CONNECT)
                    .socketTimeout(ATTEMPT));
    settings.find(S3Connector.REGION).ifPresent(region -> client.region(Region.of(region)));
    settings
        .find(S3Connector.ENDPOINT)
        .ifPresent(
            endpoint -> {
              client.endpointOverride(ObjectPlace.endpoint(endpoint));
              if (settings.find(S3Connector.REGION).isEmpty()) {
                client.region(Region.US_EAST_1);
              }
              // Amazon's newer checksums are not understood by every server of its protocol.
              client.requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED);
              client.responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
            });
    try {
      return new S3Store(client.build(), path);
    } catch (SdkClientException e) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION, "Cannot write to " + path + ": " + e.getMessage(), e)
          .hint("Set 'region', or AWS_REGION in the server's environment.");
    }
  }

  private static AwsCredentialsProvider credentials(Settings settings) {
    if (!settings.isSet(S3Connector.ACCESS_KEY_ID)) {
      return DefaultCredentialsProvider.builder().build();
    }
    String id = settings.get(S3Connector.ACCESS_KEY_ID);
    String secret = settings.get(S3Connector.SECRET_ACCESS_KEY);
    AwsCredentials credentials =
        settings
            .find(S3Connector.SESSION_TOKEN)
            .<AwsCredentials>map(token -> AwsSessionCredentials.create(id, secret, token))
            .orElseGet(() -> AwsBasicCredentials.create(id, secret));
    return StaticCredentialsProvider.create(credentials);
  }
}
