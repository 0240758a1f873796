package io.millrace.sink.files;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.sink.Capability;
import io.millrace.sink.Guarantee;
import io.millrace.sink.Sink;
import io.millrace.sink.SinkConnector;
import io.millrace.sink.SinkDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code INTO parquet}: a stream as Parquet files in a folder of this machine. */
public final class ParquetConnector implements SinkConnector {
  private static final long serialVersionUID = 1L;

  static final Setting<String> PATH = Setting.text("path", null, "The folder of the files.");

  @Override
  public String type() {
    return "parquet";
  }

  @Override
  public List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>(List.of(PATH));
    settings.addAll(FileLayout.SETTINGS);
    return List.copyOf(settings);
  }

  @Override
  public Capability capability() {
    return new Capability(Guarantee.EXACTLY_ONCE, true, false);
  }

  @Override
  public Sink create(SinkDefinition definition) {
    Settings settings = settings(definition);
    FileLayout layout = FileLayout.of(definition, settings);
    String what = "sink " + definition.name();
    return new ParquetSink(layout, folder(what, settings.get(PATH)).toString());
  }

  /** Each file has columns of its own: only what names its folders has to be there. */
  @Override
  public void check(SinkDefinition definition) {
    FileLayout.of(definition, settings(definition));
  }

  private Settings settings(SinkDefinition definition) {
    FileLayout.requireStream(type(), definition);
    return Settings.of("sink " + definition.name(), definition.options(), settings());
  }

  private static Path folder(String what, String path) {
    try {
      Path folder = Path.of(path).toAbsolutePath().normalize();
      Files.createDirectories(folder);
      if (!Files.isWritable(folder)) {
        throw new MillraceException(
                ErrorCode.SINK_FAILED, "Cannot create " + what + ": cannot write to " + folder)
            .hint("Allow the server's user to write there, or correct 'path'.");
      }
      return folder;
    } catch (InvalidPathException e) {
      throw new MillraceException(
          ErrorCode.INVALID_OPTION, "Invalid value for 'path': " + e.getMessage(), e);
    } catch (IOException e) {
      throw new MillraceException(
              ErrorCode.SINK_FAILED, "Cannot create " + what + ": cannot make folder " + path, e)
          .hint("Create it, or correct 'path'.");
    }
  }
}
