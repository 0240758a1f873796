package io.millrace.sink.files;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** An object store in memory; the contract of stores is run on it too. */
final class MemoryStore implements ObjectStore {
  final Map<String, byte[]> objects = new TreeMap<>();
  private final Map<String, String> uploadOfObject = new TreeMap<>();
  private final Map<Pending, byte[]> uploads = new java.util.LinkedHashMap<>();

  @Override
  public String place() {
    return "memory://";
  }

  @Override
  public Upload upload(String key) {
    Pending pending = new Pending(key, UUID.randomUUID().toString());
    uploads.put(pending, new byte[0]);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    return new Upload() {
      @Override
      public void part(byte[] part, int length) {
        bytes.write(part, 0, length);
      }

      @Override
      public String finish(byte[] part, int length) {
        part(part, length);
        uploads.put(pending, bytes.toByteArray());
        return pending.token();
      }

      @Override
      public void abort() {
        MemoryStore.this.abort(pending);
      }
    };
  }

  @Override
  public Completion complete(String key, String token) {
    if (objects.containsKey(key)) {
      return token.equals(uploadOfObject.get(key)) ? Completion.THERE : Completion.TAKEN;
    }
    byte[] bytes = uploads.remove(new Pending(key, token));
    if (bytes == null) {
      return Completion.GONE;
    }
    objects.put(key, bytes);
    uploadOfObject.put(key, token);
    return Completion.THERE;
  }

  @Override
  public List<Pending> pending(String prefix) {
    return uploads.keySet().stream().filter(u -> u.key().startsWith(prefix)).toList();
  }

  @Override
  public void abort(Pending upload) {
    uploads.remove(upload);
  }

  @Override
  public void create(String key, byte[] bytes) {
    objects.putIfAbsent(key, Arrays.copyOf(bytes, bytes.length));
  }

  @Override
  public List<String> list(String prefix) {
    return objects.keySet().stream().filter(k -> k.startsWith(prefix)).toList();
  }

  @Override
  public void delete(String key) {
    objects.remove(key);
  }

  @Override
  public void close() {}
}
