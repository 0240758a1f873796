package io.millrace.source.extract;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * How far an extract has come.
 *
 * @param began when the newest run began, as ISO 8601
 * @param read up to which value of the cursor rows were taken, as text; null before the first
 */
record Progress(String began, String read) {
  private static final ObjectMapper JSON = new ObjectMapper();

  static Progress of(Optional<byte[]> bytes) {
    if (bytes.isEmpty()) {
      return new Progress(Instant.EPOCH.toString(), null);
    }
    try {
      return JSON.readValue(bytes.get(), Progress.class);
    } catch (IOException e) {
      throw new MillraceException(
              ErrorCode.INTERNAL_ERROR, "Cannot read the source's progress: " + e.getMessage(), e)
          .hint("Another version wrote it: start that, or drop the source and create it anew.");
    }
  }

  byte[] toBytes() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new MillraceException(ErrorCode.INTERNAL_ERROR, "Cannot write progress as JSON", e);
    }
  }
}
