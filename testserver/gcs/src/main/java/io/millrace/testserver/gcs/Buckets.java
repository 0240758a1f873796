package io.millrace.testserver.gcs;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What the server keeps: objects by bucket and name, and uploads on their way. Each method is one
 * step that others see whole. Thread-safe.
 */
final class Buckets {
  /** An upload session: what has arrived, and what becomes of it. */
  static final class Session {
    final String bucket;
    final String name;
    final Map<String, String> metadata;
    final Optional<Long> ifGeneration;
    byte[] received = new byte[0];

    private Session(
        String bucket, String name, Map<String, String> metadata, Optional<Long> ifGeneration) {
      this.bucket = bucket;
      this.name = name;
      this.metadata = metadata;
      this.ifGeneration = ifGeneration;
    }
  }

  private final Map<String, TreeMap<String, StoredObject>> buckets = new HashMap<>();
  private final Map<String, Session> sessions = new HashMap<>();
  private long generation = 1;

  synchronized void create(String bucket) {
    buckets.putIfAbsent(bucket, new TreeMap<>());
  }

  synchronized void remove(String bucket) {
    buckets.remove(bucket);
  }

  private TreeMap<String, StoredObject> bucket(String name) {
    TreeMap<String, StoredObject> bucket = buckets.get(name);
    if (bucket == null) {
      throw new Failure(404, "The specified bucket does not exist.");
    }
    return bucket;
  }

  synchronized StoredObject get(String bucket, String name) {
    StoredObject object = bucket(bucket).get(name);
    if (object == null) {
      throw new Failure(404, "No such object: " + bucket + "/" + name);
    }
    return object;
  }

  /** {@code ifGeneration} 0 means that there is none of the name. */
  synchronized StoredObject put(
      String bucket,
      String name,
      byte[] bytes,
      Map<String, String> metadata,
      Optional<Long> ifGeneration) {
    StoredObject there = bucket(bucket).get(name);
    long current = there == null ? 0 : there.generation();
    if (ifGeneration.isPresent() && ifGeneration.get() != current) {
      throw new Failure(412, "At least one of the pre-conditions you specified did not hold.");
    }
    StoredObject object = new StoredObject(name, bytes, ++generation, Map.copyOf(metadata));
    bucket(bucket).put(name, object);
    return object;
  }

  synchronized void delete(String bucket, String name) {
    get(bucket, name);
    bucket(bucket).remove(name);
  }

  /** In the order of names, those behind {@code after}; one more than {@code most}, if there is. */
  synchronized List<StoredObject> list(String bucket, String prefix, String after, int most) {
    List<StoredObject> found = new ArrayList<>();
    for (StoredObject object : bucket(bucket).tailMap(prefix).values()) {
      if (!object.name().startsWith(prefix) || found.size() > most) {
        break;
      }
      if (after == null || object.name().compareTo(after) > 0) {
        found.add(object);
      }
    }
    return found;
  }

  synchronized String begin(
      String bucket, String name, Map<String, String> metadata, Optional<Long> ifGeneration) {
    bucket(bucket);
    String id = UUID.randomUUID().toString();
    sessions.put(id, new Session(bucket, name, metadata, ifGeneration));
    return id;
  }

  synchronized Session session(String id) {
    Session session = sessions.get(id);
    if (session == null) {
      throw new Failure(404, "No such upload: " + id);
    }
    return session;
  }

  synchronized StoredObject finish(String id) {
    Session session = session(id);
    sessions.remove(id);
    return put(
        session.bucket, session.name, session.received, session.metadata, session.ifGeneration);
  }

  synchronized void cancel(String id) {
    sessions.remove(id);
  }

  synchronized void cancelAll() {
    sessions.clear();
  }
}
