package io.millrace.source;

import io.millrace.model.RowSchema;
import java.util.Optional;

/**
 * A table of the system that a source reads.
 *
 * @param id how the source calls it, such as {@code public.customers}
 * @param name its name alone, such as {@code customers}
 * @param schema its columns as Millrace has them, and its primary key
 */
public record SourceTable(String id, String name, RowSchema schema, Optional<String> comment) {}
