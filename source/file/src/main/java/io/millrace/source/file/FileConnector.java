package io.millrace.source.file;

import io.millrace.format.Formats;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.source.Source;
import io.millrace.source.SourceConnector;
import io.millrace.source.SourceDefinition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** {@code FROM file}: the rows of a folder's files, those that are there and those that come. */
public final class FileConnector implements SourceConnector {
  static final Setting<String> PATH =
      Setting.text("path", null, "The folder, on the machine of the server.");
  static final Setting<String> FILES =
      Setting.text("files", "*", "Which of its files, by name: '*.log*', '{web,api}-*.json'.");
  static final Setting<Boolean> RECURSIVE =
      Setting.onOff("recursive", "off", "Whether files of its subfolders are read, too.");
  static final Setting<String> FORMAT =
      Setting.text("format", "json", "The files' format: json, delimited, w3c, avro or raw.");
  static final Setting<Duration> EVERY =
      Setting.duration("every", "1 second", "How often the folder is looked at.");
  static final Setting<Duration> IDLE =
      Setting.duration(
          "idle",
          "5 seconds",
          "How long a file has to stand still before its last line counts without a line feed, and"
              + " before one that is only read whole is read.");
  static final Setting<Duration> FORGET =
      Setting.duration("forget", "7 days", "How long a file that is gone is known.");

  private final Formats formats;

  /** {@code formats} make the decoders. */
  public FileConnector(Formats formats) {
    this.formats = formats;
  }

  @Override
  public String type() {
    return "file";
  }

  @Override
  public List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>(List.of(PATH, FILES, RECURSIVE, FORMAT));
    settings.addAll(ofFormats());
    settings.addAll(List.of(EVERY, IDLE, FORGET));
    return List.copyOf(settings);
  }

  /** The keys of all formats of files; a source may set those of its own. */
  static List<Setting<?>> ofFormats() {
    TreeMap<String, Setting<?>> keys = new TreeMap<>();
    Formats.names().stream()
        .filter(format -> !Formats.isDebezium(format))
        .forEach(format -> Formats.options(format).forEach(key -> keys.put(key.key(), key)));
    return List.copyOf(keys.values());
  }

  @Override
  public Source open(SourceDefinition definition) {
    return new FileSource(
        definition.name(),
        FileOptions.of(
            definition.name(),
            Settings.of("source " + definition.name(), definition.options(), settings())),
        formats);
  }
}
