package io.millrace.sink.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.sink.files.ObjectStore.Completion;
import io.millrace.sink.files.ObjectStore.Pending;
import io.millrace.sink.files.ObjectStore.Upload;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What staging asks of every object store, the one in memory included. */
public abstract class ObjectStoreContract {
  private ObjectStore store;

  /** A client of an empty place. */
  protected abstract ObjectStore open() throws Exception;

  /** The same place as others see it. */
  protected abstract Map<String, byte[]> objects() throws IOException;

  @BeforeEach
  void openStore() throws Exception {
    store = open();
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private static byte[] bytes(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private String upload(String key, byte[] bytes) throws IOException {
    return store.upload(key).finish(bytes, bytes.length);
  }

  @Test
  void uploadIsInvisibleUntilItIsCompleted() throws Exception {
    byte[] part = bytes(ObjectFile.LEAST_PART, 1);
    byte[] last = bytes(1000, 2);
    Upload upload = store.upload("a=1/x%2Fy.parquet");
    upload.part(part, part.length);
    upload.part(part, part.length);
    String token = upload.finish(last, 777);
    assertThat(objects()).doesNotContainKey("a=1/x%2Fy.parquet");

    assertThat(store.complete("a=1/x%2Fy.parquet", token)).isEqualTo(Completion.THERE);
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.write(part);
    whole.write(part);
    whole.write(last, 0, 777);
    assertThat(objects()).containsOnlyKeys("a=1/x%2Fy.parquet");
    assertThat(objects().get("a=1/x%2Fy.parquet")).isEqualTo(whole.toByteArray());
  }

  @Test
  void completingAgainFindsItThere() throws Exception {
    String token = upload("x.parquet", bytes(10, 1));
    assertThat(store.complete("x.parquet", token)).isEqualTo(Completion.THERE);
    try (ObjectStore other = open()) {
      assertThat(other.complete("x.parquet", token)).isEqualTo(Completion.THERE);
    }
    assertThat(objects().get("x.parquet")).isEqualTo(bytes(10, 1));
  }

  @Test
  void objectOfAnotherUploadIsNeverOverwritten() throws Exception {
    String first = upload("x.parquet", bytes(10, 1));
    String second = upload("x.parquet", bytes(10, 2));
    assertThat(store.complete("x.parquet", second)).isEqualTo(Completion.THERE);
    assertThat(store.complete("x.parquet", first)).isEqualTo(Completion.TAKEN);
    assertThat(objects().get("x.parquet")).isEqualTo(bytes(10, 2));
  }

  @Test
  void abortedUploadIsGone() throws Exception {
    Upload upload = store.upload("x.parquet");
    String token = upload.finish(bytes(10, 1), 10);
    upload.abort();
    upload.abort();
    assertThat(store.complete("x.parquet", token)).isEqualTo(Completion.GONE);

    Upload half = store.upload("y.parquet");
    half.part(bytes(ObjectFile.LEAST_PART, 1), ObjectFile.LEAST_PART);
    half.abort();
    assertThat(store.pending("")).isEmpty();
    assertThat(objects()).isEmpty();
  }

  @Test
  void uploadThatNobodyCompletesIsFoundAndAborted() throws Exception {
    String token = upload("d=1/x.parquet", bytes(10, 1));
    String done = upload("d=1/y.parquet", bytes(10, 2));
    store.complete("d=1/y.parquet", done);

    List<Pending> pending = store.pending("");
    assertThat(pending).extracting(Pending::key).containsExactly("d=1/x.parquet");
    store.abort(pending.get(0));
    store.abort(pending.get(0));
    assertThat(store.pending("")).isEmpty();
    assertThat(store.complete("d=1/x.parquet", token)).isEqualTo(Completion.GONE);
    assertThat(store.complete("d=1/y.parquet", done)).isEqualTo(Completion.THERE);
  }

  @Test
  void objectIsCreatedOnce() throws Exception {
    store.create("m/1", new byte[] {1});
    store.create("m/1", new byte[] {2});
    store.create("m/12", new byte[0]);
    store.create("n/1", new byte[0]);
    assertThat(objects().get("m/1")).containsExactly(1);
    assertThat(store.list("m/1")).containsExactlyInAnyOrder("m/1", "m/12");

    store.delete("m/1");
    store.delete("m/1");
    assertThat(store.list("m/1")).containsExactly("m/12");
    store.create("m/1", new byte[] {3});
    assertThat(objects().get("m/1")).containsExactly(3);
  }
}
