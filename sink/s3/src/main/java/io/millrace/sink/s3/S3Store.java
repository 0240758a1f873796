package io.millrace.sink.s3;

import io.millrace.sink.files.ObjectPath;
import io.millrace.sink.files.ObjectStore;
import io.millrace.sink.files.ObjectStoreException;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Multipart uploads of S3, completed on condition that the key is free (Amazon S3 User Guide, "How
 * to prevent object overwrites with conditional writes": {@code If-None-Match: *}). Each object
 * bears the id of its upload, by which a commit that is repeated knows its own.
 */
final class S3Store implements ObjectStore {
  private static final String UPLOAD = "millrace-upload";
  private static final String BINARY = "application/vnd.apache.parquet";

  private final S3Client client;
  private final ObjectPath path;

  S3Store(S3Client client, ObjectPath path) {
    this.client = client;
    this.path = path;
  }

  @Override
  public String place() {
    return path.toString();
  }

  /** One call; what the client throws becomes the store's own exception. */
  private <T> T call(Supplier<T> request) throws ObjectStoreException {
    try {
      return request.get();
    } catch (SdkException e) {
      throw failure(e);
    }
  }

  private ObjectStoreException failure(SdkException e) {
    if (e instanceof NoSuchBucketException) {
      return new ObjectStoreException(
          "bucket does not exist: " + path.bucket(), "Create it, or correct 'path'.", e);
    }
    if (e instanceof S3Exception s3) {
      String answer = path + " answers " + s3.statusCode() + ": " + s3.getMessage();
      return switch (s3.statusCode()) {
        case 401, 403 ->
            new ObjectStoreException(
                answer,
                "Correct the credentials, or allow them s3:PutObject, s3:GetObject,"
                    + " s3:DeleteObject, s3:AbortMultipartUpload, s3:ListBucket and"
                    + " s3:ListBucketMultipartUploads.",
                e);
        case 301, 307, 400 ->
            new ObjectStoreException(
                answer, "Check that 'region' is the bucket's, and 'endpoint'.", e);
        default -> new ObjectStoreException(answer, "It is tried again.", e);
      };
    }
    return new ObjectStoreException(
        "no answer from " + path + ": " + e.getMessage(),
        "Check 'endpoint', the network, and that credentials can be found.",
        e);
  }

  private static boolean hasStatus(S3Exception e, int... codes) {
    return Arrays.stream(codes).anyMatch(code -> e.statusCode() == code);
  }

  @Override
  public Upload upload(String key) throws ObjectStoreException {
    String id = UUID.randomUUID().toString();
    String upload =
        call(() ->
                client.createMultipartUpload(
                    r ->
                        r.bucket(path.bucket())
                            .key(path.key(key))
                            .contentType(BINARY)
                            .metadata(Map.of(UPLOAD, id))))
            .uploadId();
    return new PartsUpload(key, id, upload);
  }

  private final class PartsUpload implements Upload {
    private final String key;
    private final String upload;

    /** The id, the upload and the tags of its parts. */
    private final List<String> token;

    PartsUpload(String key, String id, String upload) {
      this.key = key;
      this.upload = upload;
      this.token = new ArrayList<>(List.of(id, upload));
    }

    @Override
    public void part(byte[] bytes, int length) throws ObjectStoreException {
      int number = token.size() - 1;
      token.add(
          call(() ->
                  client.uploadPart(
                      r ->
                          r.bucket(path.bucket())
                              .key(path.key(key))
                              .uploadId(upload)
                              .partNumber(number),
                      // Not copied: the buffer is written to again only after the call.
                      RequestBody.fromContentProvider(
                          () -> new ByteArrayInputStream(bytes, 0, length), length, BINARY)))
              .eTag());
    }

    @Override
    public String finish(byte[] bytes, int length) throws ObjectStoreException {
      part(bytes, length);
      return String.join("\n", token);
    }

    @Override
    public void abort() throws ObjectStoreException {
      S3Store.this.abort(new Pending(key, upload));
    }
  }

  @Override
  public Completion complete(String key, String token) throws ObjectStoreException {
    List<String> parts = List.of(token.split("\n"));
    List<CompletedPart> completed = new ArrayList<>();
    for (int i = 2; i < parts.size(); i++) {
      completed.add(CompletedPart.builder().partNumber(i - 1).eTag(parts.get(i)).build());
    }
    try {
      client.completeMultipartUpload(
          r ->
              r.bucket(path.bucket())
                  .key(path.key(key))
                  .uploadId(parts.get(1))
                  .ifNoneMatch("*")
                  .multipartUpload(m -> m.parts(completed)));
      return Completion.THERE;
    } catch (S3Exception e) {
      if (e instanceof NoSuchBucketException || !hasStatus(e, 404, 412)) {
        throw failure(e);
      }
      return found(key, parts.get(0)); // completed before, by us or by a commit that was cut off
    } catch (SdkException e) {
      throw failure(e);
    }
  }

  private Completion found(String key, String id) throws ObjectStoreException {
    try {
      HeadObjectResponse object =
          client.headObject(r -> r.bucket(path.bucket()).key(path.key(key)));
      return id.equals(object.metadata().get(UPLOAD)) ? Completion.THERE : Completion.TAKEN;
    } catch (S3Exception e) {
      if (hasStatus(e, 404)) {
        return Completion.GONE;
      }
      throw failure(e);
    } catch (SdkException e) {
      throw failure(e);
    }
  }

  @Override
  public List<Pending> pending(String prefix) throws ObjectStoreException {
    return call(
        () ->
            client
                .listMultipartUploadsPaginator(
                    r -> r.bucket(path.bucket()).prefix(path.key(prefix)))
                .uploads()
                .stream()
                .map((MultipartUpload u) -> new Pending(path.relative(u.key()), u.uploadId()))
                .toList());
  }

  @Override
  public void abort(Pending upload) throws ObjectStoreException {
    try {
      client.abortMultipartUpload(
          r -> r.bucket(path.bucket()).key(path.key(upload.key())).uploadId(upload.token()));
    } catch (S3Exception e) {
      if (e instanceof NoSuchBucketException || !hasStatus(e, 404)) {
        throw failure(e);
      }
    } catch (SdkException e) {
      throw failure(e);
    }
  }

  @Override
  public void create(String key, byte[] bytes) throws ObjectStoreException {
    try {
      client.putObject(
          r -> r.bucket(path.bucket()).key(path.key(key)).ifNoneMatch("*"),
          RequestBody.fromBytes(bytes));
    } catch (S3Exception e) {
      if (!hasStatus(e, 412)) {
        throw failure(e);
      }
    } catch (SdkException e) {
      throw failure(e);
    }
  }

  @Override
  public List<String> list(String prefix) throws ObjectStoreException {
    return call(
        () ->
            client
                .listObjectsV2Paginator(r -> r.bucket(path.bucket()).prefix(path.key(prefix)))
                .contents()
                .stream()
                .map((S3Object o) -> path.relative(o.key()))
                .toList());
  }

  @Override
  public void delete(String key) throws ObjectStoreException {
    call(() -> client.deleteObject(r -> r.bucket(path.bucket()).key(path.key(key))));
  }

  @Override
  public void close() {
    client.close();
  }
}
