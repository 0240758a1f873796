package io.millrace.sink.gcs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.sink.files.ObjectPath;
import io.millrace.sink.files.ObjectStore;
import io.millrace.sink.files.ObjectStoreContract;
import io.millrace.sink.files.ObjectStoreException;
import io.millrace.testserver.gcs.GcsServer;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GcsStoreIT extends ObjectStoreContract {
  private GcsServer server;

  @BeforeEach
  void start() {
    server();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private GcsServer server() {
    if (server == null) {
      server = GcsServer.start();
      server.createBucket("acme");
    }
    return server;
  }

  @Override
  protected ObjectStore open() {
    Map<String, String> options =
        Map.of("endpoint", server().endpoint().toString(), "anonymous", "on");
    return new GcsPlace(ObjectPath.parse("gs", "gs://acme/some/where"), options).open();
  }

  @Override
  protected Map<String, byte[]> objects() {
    return server.objects("acme", "some/where/");
  }

  @Test
  void listIsReadToItsLastPage() throws Exception {
    server.limitPages(2);
    try (ObjectStore store = open()) {
      for (int i = 0; i < 5; i++) {
        store.create("m/" + i, new byte[0]);
      }
      assertThat(store.list("m/")).containsExactly("m/0", "m/1", "m/2", "m/3", "m/4");
    }
  }

  @Test
  void commitIntoBucketThatWentSaysSoAndNotThatTheUploadWent() throws Exception {
    try (ObjectStore store = open()) {
      String token = store.upload("x.parquet").finish(new byte[10], 10);
      server.deleteBucket("acme");
      assertThatThrownBy(() -> store.complete("x.parquet", token))
          .isInstanceOf(ObjectStoreException.class)
          .hasMessage("bucket does not exist: acme");
    }
  }

  @Test
  void uploadThatEndedIsNotTakenForBucketThatWent() throws Exception {
    try (ObjectStore store = open()) {
      ObjectStore.Upload upload = store.upload("x.parquet");
      byte[] part = new byte[5 << 20];
      upload.part(part, part.length);
      server.endUploads();
      assertThatThrownBy(() -> upload.part(part, part.length))
          .isInstanceOf(ObjectStoreException.class)
          .hasMessageContaining("gs://acme/some/where answers 404");

      server.deleteBucket("acme");
      assertThatThrownBy(() -> upload.finish(part, 10))
          .isInstanceOf(ObjectStoreException.class)
          .hasMessage("bucket does not exist: acme");
    }
  }
}
