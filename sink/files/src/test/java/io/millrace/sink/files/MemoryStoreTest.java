package io.millrace.sink.files;

import java.util.Map;

class MemoryStoreTest extends ObjectStoreContract {
  private final MemoryStore store = new MemoryStore();

  @Override
  protected ObjectStore open() {
    return store;
  }

  @Override
  protected Map<String, byte[]> objects() {
    return store.objects;
  }
}
