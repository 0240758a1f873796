package io.millrace.testserver.gcs;

import java.util.Map;

/** One generation of an object. */
record StoredObject(String name, byte[] bytes, long generation, Map<String, String> metadata) {}
