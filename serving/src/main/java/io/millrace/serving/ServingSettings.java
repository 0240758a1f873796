package io.millrace.serving;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where and how much is served.
 *
 * @param file the DuckDB file, made where there is none; null keeps everything in memory
 * @param memoryLimit bytes that DuckDB may use
 * @param window how far back a stream is served, by its records' timestamps
 * @param maxSize bytes of one stream's records that are served at most
 */
public record ServingSettings(Path file, long memoryLimit, Duration window, long maxSize) {}
