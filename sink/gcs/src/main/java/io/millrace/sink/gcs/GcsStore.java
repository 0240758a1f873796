package io.millrace.sink.gcs;

import com.google.cloud.BaseServiceException;
import com.google.cloud.WriteChannel;
import com.google.cloud.storage.Blob;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.Storage.BlobListOption;
import com.google.cloud.storage.Storage.BlobTargetOption;
import com.google.cloud.storage.Storage.BlobWriteOption;
import com.google.cloud.storage.StorageException;
import io.millrace.sink.files.ObjectPath;
import io.millrace.sink.files.ObjectStore;
import io.millrace.sink.files.ObjectStoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Objects that wait as {@code _staging/uploads/<key>.<id>.staged}, sent by a resumable upload, and
 * are rewritten to their key at the commit, on condition that it is free ({@code
 * ifGenerationMatch=0}). Within a bucket a rewrite moves no bytes. The upload's session itself is
 * not kept open until the commit, because its address is a credential, is listed nowhere, and ends
 * after a week ("Resumable uploads" in the documentation of Cloud Storage). Each object bears its
 * id, by which a commit that is repeated knows its own.
 */
final class GcsStore implements ObjectStore {
  private static final String WAITING = "_staging/uploads/";
  private static final String STAGED = ".staged";
  private static final String UPLOAD = "millrace-upload";
  private static final int NOT_FOUND = 404;
  private static final int CONDITION_FAILED = 412;

  private final Storage storage;
  private final ObjectPath path;

  GcsStore(Storage storage, ObjectPath path) {
    this.storage = storage;
    this.path = path;
  }

  @Override
  public String place() {
    return path.toString();
  }

  private BlobId id(String key) {
    return BlobId.of(path.bucket(), path.key(key));
  }

  private BlobId waiting(String key, String id) {
    return id(WAITING + key + "." + id + STAGED);
  }

  /** One call; what the client throws becomes the store's own exception. */
  private <T> T call(Supplier<T> request) throws ObjectStoreException {
    try {
      return request.get();
    } catch (BaseServiceException e) {
      throw failure(e);
    }
  }

  private ObjectStoreException failure(BaseServiceException e) {
    String answer = path + " answers " + e.getCode() + ": " + e.getMessage();
    if (e.getCode() == NOT_FOUND && !bucketExists()) {
      return noBucket(e);
    }
    return switch (e.getCode()) {
      case 401, 403 ->
          new ObjectStoreException(
              answer,
              "Correct the credentials, or give them the role Storage Object User on the bucket.",
              e);
      case 0 ->
          new ObjectStoreException(
              "no answer from " + path + ": " + e.getMessage(),
              "Check 'endpoint' and the network.",
              e);
      default -> new ObjectStoreException(answer, "It is tried again.", e);
    };
  }

  /** What an upload's channel does. */
  private interface ChannelWork {
    void run() throws IOException;
  }

  /** A channel wraps what the client throws, or does not. */
  private void written(ChannelWork work) throws ObjectStoreException {
    try {
      work.run();
    } catch (BaseServiceException e) {
      throw failure(e);
    } catch (IOException e) {
      throw failure(
          e.getCause() instanceof BaseServiceException cause
              ? cause
              : StorageException.translate(e));
    }
  }

  private ObjectStoreException noBucket(BaseServiceException cause) {
    return new ObjectStoreException(
        "bucket does not exist: " + path.bucket(), "Create it, or correct 'path'.", cause);
  }

  /**
   * A bucket, an object and an upload's session that are gone are all answered with 404, and differ
   * in words alone. Listing needs only the role that the sink has; reading the bucket itself would
   * need another. Where the answer is another failure, it is not the bucket that is missing.
   */
  private boolean bucketExists() {
    try {
      storage.list(path.bucket(), BlobListOption.prefix(path.key("")), BlobListOption.pageSize(1));
      return true;
    } catch (BaseServiceException e) {
      return e.getCode() != NOT_FOUND;
    }
  }

  @Override
  public Upload upload(String key) {
    return new ResumableUpload(key, UUID.randomUUID().toString());
  }

  private final class ResumableUpload implements Upload {
    private final String key;
    private final String id;
    private final BlobInfo info;
    private WriteChannel channel;

    ResumableUpload(String key, String id) {
      this.key = key;
      this.id = id;
      this.info = BlobInfo.newBuilder(waiting(key, id)).setMetadata(Map.of(UPLOAD, id)).build();
    }

    @Override
    public void part(byte[] bytes, int length) throws IOException {
      if (channel == null) {
        channel = call(() -> storage.writer(info, BlobWriteOption.doesNotExist()));
        channel.setChunkSize(length);
      }
      send(bytes, length);
    }

    private void send(byte[] bytes, int length) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
      while (buffer.hasRemaining()) {
        written(() -> channel.write(buffer));
      }
    }

    @Override
    public String finish(byte[] bytes, int length) throws IOException {
      if (channel == null) {
        // Where its answer was lost and it was tried again, the object is there.
        create(() -> storage.create(info, bytes, 0, length, BlobTargetOption.doesNotExist()));
      } else {
        send(bytes, length);
        written(channel::close);
      }
      return id;
    }

    /** A session that is not finished holds no object and ends by itself. */
    @Override
    public void abort() throws ObjectStoreException {
      GcsStore.this.abort(new Pending(key, id));
    }
  }

  /** Creates an object, unless its name is taken. */
  private void create(Supplier<Blob> request) throws ObjectStoreException {
    try {
      request.get();
    } catch (StorageException e) {
      if (e.getCode() != CONDITION_FAILED) {
        throw failure(e);
      }
    }
  }

  @Override
  public Completion complete(String key, String token) throws ObjectStoreException {
    Completion completion = Completion.THERE;
    try {
      storage
          .copy(
              Storage.CopyRequest.newBuilder()
                  .setSource(waiting(key, token))
                  .setTarget(id(key), BlobTargetOption.doesNotExist())
                  .build())
          .getResult();
    } catch (StorageException e) {
      if (e.getCode() != NOT_FOUND && e.getCode() != CONDITION_FAILED) {
        throw failure(e);
      }
      completion = found(key, token); // rewritten before, by us or by a commit that was cut off
      if (completion == Completion.GONE && !bucketExists()) {
        throw noBucket(e); // with it all rows are gone, not only these
      }
    }
    if (completion == Completion.THERE) {
      abort(new Pending(key, token));
    }
    return completion;
  }

  private Completion found(String key, String token) throws ObjectStoreException {
    Blob object = call(() -> storage.get(id(key)));
    if (object == null) {
      return Completion.GONE;
    }
    Map<String, String> metadata = object.getMetadata();
    return metadata != null && token.equals(metadata.get(UPLOAD))
        ? Completion.THERE
        : Completion.TAKEN;
  }

  @Override
  public List<Pending> pending(String prefix) throws ObjectStoreException {
    List<Pending> pending = new ArrayList<>();
    for (String key : list(WAITING + prefix)) {
      String name = key.substring(WAITING.length());
      if (name.endsWith(STAGED)) {
        String upload = name.substring(0, name.length() - STAGED.length());
        int dot = upload.lastIndexOf('.');
        pending.add(new Pending(upload.substring(0, dot), upload.substring(dot + 1)));
      }
    }
    return pending;
  }

  @Override
  public void abort(Pending upload) throws ObjectStoreException {
    call(() -> storage.delete(waiting(upload.key(), upload.token())));
  }

  @Override
  public void create(String key, byte[] bytes) throws ObjectStoreException {
    BlobInfo info = BlobInfo.newBuilder(id(key)).build();
    create(() -> storage.create(info, bytes, BlobTargetOption.doesNotExist()));
  }

  @Override
  public List<String> list(String prefix) throws ObjectStoreException {
    return call(
        () -> {
          List<String> keys = new ArrayList<>();
          storage
              .list(path.bucket(), BlobListOption.prefix(path.key(prefix)))
              .iterateAll()
              .forEach(object -> keys.add(path.relative(object.getName())));
          return keys;
        });
  }

  @Override
  public void delete(String key) throws ObjectStoreException {
    call(() -> storage.delete(id(key)));
  }

  @Override
  public void close() {
    try {
      storage.close();
    } catch (Exception e) {
      throw new IllegalStateException("Cannot close the client of " + path, e);
    }
  }
}
