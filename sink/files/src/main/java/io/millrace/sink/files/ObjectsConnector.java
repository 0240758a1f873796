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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A stream as Parquet files in an object store; a kind of store says which keys it has. */
public abstract class ObjectsConnector implements SinkConnector {
  private static final long serialVersionUID = 1L;

  /** The WITH keys that say where the store is and how to get in. */
  protected abstract List<Setting<?>> ownSettings();

  /**
   * Throws INVALID_OPTION. The place keeps the settings as written and resolves them only in {@link
   * ObjectPlace#open}, so that it can be sent to tasks.
   */
  protected abstract ObjectPlace place(String what, Settings settings);

  /** Those of its own settings that are set, references unresolved. */
  protected final Map<String, String> asWritten(Settings settings) {
    Map<String, String> own = new TreeMap<>(settings.asWritten());
    own.keySet().retainAll(ownSettings().stream().map(Setting::key).toList());
    return own;
  }

  @Override
  public final List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>(ownSettings());
    settings.addAll(FileLayout.SETTINGS);
    return List.copyOf(settings);
  }

  @Override
  public final Capability capability() {
    return new Capability(Guarantee.EXACTLY_ONCE, true, false);
  }

  /** Asks the store for a list, which shows whether it lets this user in and has the bucket. */
  @Override
  public final Sink create(SinkDefinition definition) {
    String what = "sink " + definition.name();
    Settings settings = settings(definition);
    FileLayout layout = FileLayout.of(definition, settings);
    ObjectPlace place = place(what, settings);
    try (ObjectStore store = place.open()) {
      store.list("_staging/" + layout.fileName() + "/");
    } catch (ObjectStoreException e) {
      throw new MillraceException(
              ErrorCode.SINK_FAILED, "Cannot create " + what + ": " + e.getMessage(), e)
          .hint(e.hint());
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.SINK_FAILED, "Cannot create " + what + ": " + e.getMessage(), e);
    }
    return new ObjectSink(layout, place);
  }

  /** Each file has columns of its own: only what names its folders has to be there. */
  @Override
  public final void check(SinkDefinition definition) {
    FileLayout.of(definition, settings(definition));
  }

  private Settings settings(SinkDefinition definition) {
    FileLayout.requireStream(type(), definition);
    return Settings.of("sink " + definition.name(), definition.options(), settings());
  }
}
