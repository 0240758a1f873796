package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.flow.ChangeCursor;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.sql.Dialects;
import io.millrace.sql.PushSelect;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** SELECT ... EMIT CHANGES: an answer that goes on, in Flink's dialect. */
final class PushSelectHandler implements StatementHandler<PushSelect> {
  private static final Setting<String> START =
      Setting.oneOfText("start", "latest", "Where it begins to read.", "earliest", "latest");

  private final Parts parts;
  private final Discovery discovery;

  PushSelectHandler(Parts parts, Discovery discovery) {
    this.parts = parts;
    this.discovery = discovery;
  }

  @Override
  public Class<PushSelect> kind() {
    return PushSelect.class;
  }

  @Override
  public Result execute(PushSelect statement, StatementRequest request, String text) {
    Map<String, String> options = new HashMap<>(request.options());
    options.putAll(statement.options());
    Settings settings = Settings.of("push query", options, List.of(START));
    boolean fromBeginning = settings.get(START).equals("earliest");
    CatalogImage image = discovery.imageFor(statement.query().text());
    String sql = Dialects.toFlink(statement.query().text());
    ChangeCursor cursor =
        Places.within(statement.query(), () -> parts.flow().push(image, sql, fromBeginning));
    request.cancellation().onCancel(cursor::close);
    return new Result.Changes(cursor, statement.limit());
  }
}
