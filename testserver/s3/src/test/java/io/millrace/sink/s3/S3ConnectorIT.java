package io.millrace.sink.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import io.millrace.model.RowKind;
import io.millrace.model.RowSchema;
import io.millrace.sink.Committer;
import io.millrace.sink.EpochId;
import io.millrace.sink.SinkDefinition;
import io.millrace.sink.Staged;
import io.millrace.sink.StagedSink;
import io.millrace.sink.StagedWriter;
import io.millrace.sink.WriterContext;
import io.millrace.sink.files.ObjectStoreException;
import io.millrace.sink.testkit.Rows;
import io.millrace.testserver.s3.S3Server;
import java.io.ByteArrayOutputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is refused, in which words, and what a store that is away for a while does. */
class S3ConnectorIT {
  private static final RowSchema SCHEMA = RowSchema.of(new Column("n", DataType.BIGINT));

  @TempDir Path folder;
  private S3Server server;
  private Bucket bucket;

  @BeforeEach
  void start() throws Exception {
    server = S3Server.start();
    bucket = Bucket.make(server, folder);
  }

  @AfterEach
  void stop() {
    bucket.close();
    server.close();
  }

  private StagedSink sink(Map<String, String> options) {
    return (StagedSink)
        new S3Connector().create(new SinkDefinition(Name.of("lake"), SCHEMA, false, options));
  }

  private void assertRefused(
      Map<String, String> options, ErrorCode code, String message, String hint) {
    assertThatThrownBy(() -> sink(options))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(code);
              assertThat(e.getMessage()).contains(message);
              assertThat(e.hint().orElse("")).contains(hint);
            });
  }

  private Map<String, String> with(String key, String value) {
    Map<String, String> options = bucket.options();
    options.put(key, value);
    return options;
  }

  @Test
  void wrongSecretIsRefused() throws Exception {
    Path wrong = Files.writeString(folder.resolve("wrong"), "guess");
    assertRefused(
        with("secret-access-key", "${file:" + wrong + "}"),
        ErrorCode.SINK_FAILED,
        "answers 403",
        "Correct the credentials");
  }

  @Test
  void bucketThatIsNotThereIsRefused() {
    assertRefused(
        with("path", "s3://no-such-bucket/x"),
        ErrorCode.SINK_FAILED,
        "Cannot create sink lake: bucket does not exist: no-such-bucket",
        "Create it");
  }

  @Test
  void serverThatDoesNotAnswerIsRefused() {
    server.stop();
    assertRefused(
        bucket.options(), ErrorCode.SINK_FAILED, "no answer from s3://", "Check 'endpoint'");
  }

  @Test
  void optionsThatCannotBeAreRefusedBeforeAnythingIsAsked() {
    server.stop();
    assertRefused(
        with("path", "/data"), ErrorCode.INVALID_OPTION, "Invalid value for 'path'", "s3://bucket");
    assertRefused(
        with("endpoint", "localhost"), ErrorCode.INVALID_OPTION, "'endpoint'", "http://host:port");
    Map<String, String> half = bucket.options();
    half.remove("access-key-id");
    assertRefused(half, ErrorCode.INVALID_OPTION, "is missing", "or neither");
    assertRefused(
        with("partition-by", "m"), ErrorCode.INVALID_OPTION, "no such column", "Did you mean n?");
  }

  @Test
  void secretIsNotInWhatIsSentToTasks() throws Exception {
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(sent)) {
      out.writeObject(sink(bucket.options()));
    }
    assertThat(sent.toString(StandardCharsets.ISO_8859_1))
        .contains(S3Server.ACCESS_KEY_ID)
        .doesNotContain(S3Server.SECRET_ACCESS_KEY);
  }

  @Test
  void storeThatIsAwayFailsToBeTriedAgainAndTheCommitIsRepeated() throws Exception {
    StagedSink sink = sink(bucket.options());
    try (StagedWriter writer = sink.writer(new WriterContext(0, 1, 1));
        Committer committer = sink.committer()) {
      writer.next(0, 0, RowKind.UPSERT);
      Rows.push(writer.rows(), SCHEMA, 1L);
      List<Staged> staged = writer.stage(new EpochId(1, 1), Positions.of(Map.of(0, 1L)));
      server.stop();
      assertThatThrownBy(() -> committer.commit(staged.get(0)))
          .isInstanceOf(ObjectStoreException.class);
      server.restart();
      for (Staged one : staged) {
        committer.commit(one);
      }
    }
    assertThat(bucket.objects())
        .containsOnlyKeys(
            "_manifests/lake/00001-00000001-000.json",
            "_staging/lake/_epoch-1",
            "part-lake-00001-000-000000000000-0.parquet");
  }
}
