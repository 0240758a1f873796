package io.millrace.sink.gcs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.sink.SinkDefinition;
import io.millrace.testserver.gcs.GcsServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is refused, and in which words. */
class GcsConnectorIT {
  @TempDir Path folder;
  private GcsServer server;

  @BeforeEach
  void start() {
    server = GcsServer.start();
    server.createBucket("acme");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void assertRefused(ErrorCode code, String message, String hint, String... options) {
    Map<String, String> all =
        new HashMap<>(
            Map.of(
                "path",
                "gs://acme/x",
                "endpoint",
                server.endpoint().toString(),
                "anonymous",
                "on"));
    for (int i = 0; i < options.length; i += 2) {
      all.put(options[i], options[i + 1]);
    }
    RowSchema schema = RowSchema.of(new Column("n", DataType.BIGINT));
    assertThatThrownBy(
            () ->
                new GcsConnector().create(new SinkDefinition(Name.of("lake"), schema, false, all)))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(code);
              assertThat(e.getMessage()).contains(message);
              assertThat(e.hint().orElse("")).contains(hint);
            });
  }

  @Test
  void bucketThatIsNotThereIsRefused() {
    assertRefused(
        ErrorCode.SINK_FAILED,
        "Cannot create sink lake: bucket does not exist: none",
        "Create it",
        "path",
        "gs://none/x");
  }

  @Test
  void callerWithoutPermissionIsRefused() {
    server.stop();
    server.restartRefusing();
    assertRefused(ErrorCode.SINK_FAILED, "answers 403", "Correct the credentials");
  }

  @Test
  void serverThatDoesNotAnswerIsRefused() {
    server.stop();
    assertRefused(ErrorCode.SINK_FAILED, "no answer from gs://acme/x", "Check 'endpoint'");
  }

  @Test
  void optionsThatCannotBeAreRefused() throws Exception {
    assertRefused(
        ErrorCode.INVALID_OPTION, "Invalid value for 'path'", "gs://bucket", "path", "s3://acme");
    Path key = Files.writeString(folder.resolve("key"), "{}");
    assertRefused(
        ErrorCode.INVALID_OPTION,
        "Invalid value for 'credentials'",
        "a service account's key",
        "anonymous",
        "off",
        "credentials",
        "${file:" + key + "}");
  }
}
