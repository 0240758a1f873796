package io.millrace.sink.files;

import java.io.IOException;
import java.util.List;

/**
 * One prefix of a bucket, as a sink needs it: an object is uploaded in parts, seen by nobody, and
 * completed later, by another process if need be. Keys are relative to the prefix. Whatever goes
 * wrong is an {@link ObjectStoreException} after a few attempts; each call may be repeated. Lists
 * must tell what was written before them, as those of S3 and Google Cloud Storage do. Used by one
 * thread.
 */
public interface ObjectStore extends AutoCloseable {
  /** The prefix as people write it, such as {@code s3://bucket/prefix}. */
  String place();

  /** Begins the upload of one object; nothing of it is visible. */
  Upload upload(String key) throws IOException;

  /** One upload on its way. After {@link #finish} it waits for {@link ObjectStore#complete}. */
  interface Upload {
    /**
     * Sends bytes and returns when the store has them; all parts but the last are of one size, of
     * at least {@link ObjectFile#LEAST_PART} bytes and a multiple of 256 KiB.
     */
    void part(byte[] bytes, int length) throws IOException;

    /** Sends the last part and answers the token by which the upload is completed. */
    String finish(byte[] bytes, int length) throws IOException;

    /** Gives up what was sent so far, also after {@link #finish}; safe to repeat. */
    void abort() throws IOException;
  }

  /** What {@link #complete} found. */
  enum Completion {
    /** The object is there, whole, by this call or an earlier one. */
    THERE,
    /** Neither the upload nor its object exists. */
    GONE,
    /** Another object has the key; it is left as it was. */
    TAKEN
  }

  /** Makes an upload visible at once, only where its key is free; safe to repeat. */
  Completion complete(String key, String token) throws IOException;

  /** An upload that is neither completed nor aborted. */
  record Pending(String key, String token) {}

  /** Those whose keys begin so. */
  List<Pending> pending(String prefix) throws IOException;

  /** One that does not exist is left alone. */
  void abort(Pending upload) throws IOException;

  /**
   * Writes a small object where its key is free, and changes nothing where it is not. It cannot
   * tell which it was: a request whose answer is lost is sent again by the client, and finds the
   * object that it has itself created.
   */
  void create(String key, byte[] bytes) throws IOException;

  /** The keys of objects that begin so. */
  List<String> list(String prefix) throws IOException;

  /** One that does not exist is left alone. */
  void delete(String key) throws IOException;

  @Override
  void close();
}
