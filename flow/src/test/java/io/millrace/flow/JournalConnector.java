package io.millrace.flow;

import io.millrace.format.ObjectWriter;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import io.millrace.model.RowKind;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import io.millrace.model.Setting;
import io.millrace.sink.Capability;
import io.millrace.sink.Committer;
import io.millrace.sink.EpochId;
import io.millrace.sink.Guarantee;
import io.millrace.sink.IdempotentSink;
import io.millrace.sink.KeyedWriter;
import io.millrace.sink.RowRefusedException;
import io.millrace.sink.Sink;
import io.millrace.sink.SinkConnector;
import io.millrace.sink.SinkDefinition;
import io.millrace.sink.Staged;
import io.millrace.sink.StagedSink;
import io.millrace.sink.StagedWriter;
import io.millrace.sink.WriterContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The two shapes of a sink over a folder. A stream's rows are staged as a file of lines and
 * committed by renaming it; a table's rows are one file per key. Rows named {@code bad} are
 * refused.
 */
record JournalConnector() implements SinkConnector {
  private static final Setting<String> PATH = Setting.text("path", null, "the folder");
  private static final Setting<String> TOKEN = Setting.text("token", null, "a secret");

  @Override
  public String type() {
    return "journal";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(PATH);
  }

  @Override
  public List<Setting<?>> secrets() {
    return List.of(TOKEN);
  }

  @Override
  public Capability capability() {
    return new Capability(Guarantee.EXACTLY_ONCE, true, true);
  }

  @Override
  public Sink create(SinkDefinition definition) {
    if (!definition.options().keySet().equals(java.util.Set.of("path"))) {
      throw new MillraceException(
          ErrorCode.INVALID_OPTION, "Invalid options: " + definition.options().keySet());
    }
    String path = definition.options().get("path");
    try {
      Files.createDirectories(Path.of(path));
    } catch (IOException e) {
      throw new MillraceException(ErrorCode.SINK_FAILED, "Cannot make " + path, e);
    }
    return definition.table()
        ? new Keyed(path, definition.schema())
        : new Lines(path, definition.schema());
  }

  @Override
  public void check(SinkDefinition definition) {}

  /** Every committed line, in no order. */
  static List<String> committed(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      List<String> lines = new ArrayList<>();
      for (Path file :
          files.filter(f -> !f.getFileName().toString().startsWith("_")).sorted().toList()) {
        lines.addAll(Files.readAllLines(file));
      }
      return lines;
    } catch (IOException e) {
      throw new AssertionError("The journal cannot be read", e);
    }
  }

  private record Lines(String path, RowSchema schema) implements StagedSink {
    @Override
    public StagedWriter writer(WriterContext context) {
      return new LineWriter(path, schema, context);
    }

    @Override
    public Committer committer() {
      return new RenamingCommitter(path);
    }
  }

  private static final class LineWriter implements StagedWriter {
    private final Path folder;
    private final WriterContext context;
    private final ObjectWriter rows;
    private final List<String> lines = new ArrayList<>();

    LineWriter(String path, RowSchema schema, WriterContext context) {
      this.folder = Path.of(path);
      this.context = context;
      this.rows =
          new ObjectWriter(
              schema,
              row -> {
                if (Arrays.asList(row).contains("bad")) {
                  throw new RowRefusedException("name", "Cannot take a bad row");
                }
                lines.add(Arrays.toString(row));
              });
    }

    @Override
    public RowWriter rows() {
      return rows;
    }

    @Override
    public void next(int partition, long offset, RowKind kind) {
      if (kind != RowKind.UPSERT) {
        throw new AssertionError("A stream deletes nothing");
      }
    }

    @Override
    public List<Staged> stage(EpochId epoch, Positions next) throws IOException {
      if (lines.isEmpty()) {
        return List.of();
      }
      String name = epoch.epoch() + "-" + epoch.checkpoint() + "-" + context.subtask();
      Files.write(folder.resolve("_" + name), lines);
      lines.clear();
      return List.of(new Staged(name.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void close() {
      lines.clear();
    }
  }

  private record RenamingCommitter(String path) implements Committer {
    @Override
    public void commit(Staged staged) throws IOException {
      String name = new String(staged.payload(), StandardCharsets.UTF_8);
      Path committed = Path.of(path, name);
      if (!Files.exists(committed)) {
        Files.move(Path.of(path, "_" + name), committed);
      }
    }

    @Override
    public void close() {}
  }

  private record Keyed(String path, RowSchema schema) implements IdempotentSink {
    @Override
    public KeyedWriter writer(WriterContext context) {
      return new FilePerKey(path, schema);
    }
  }

  private static final class FilePerKey implements KeyedWriter {
    private final ObjectWriter rows;
    private RowKind kind;

    FilePerKey(String path, RowSchema schema) {
      this.rows =
          new ObjectWriter(
              schema,
              row -> {
                Path file = Path.of(path, String.valueOf(row[schema.keyIndexes()[0]]));
                try {
                  if (kind == RowKind.DELETE) {
                    Files.deleteIfExists(file);
                  } else {
                    Files.writeString(file, Arrays.toString(row));
                  }
                } catch (IOException e) {
                  throw new MillraceException(ErrorCode.SINK_FAILED, "Cannot write " + file, e);
                }
              });
    }

    @Override
    public RowWriter rows() {
      return rows;
    }

    @Override
    public void next(int partition, long offset, RowKind newKind) {
      kind = newKind;
    }

    @Override
    public void flush(EpochId epoch) {
      kind = null;
    }

    @Override
    public void close() {}
  }
}
