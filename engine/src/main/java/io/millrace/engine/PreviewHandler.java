package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.flow.ChangeCursor;
import io.millrace.sql.Dialects;
import io.millrace.sql.Preview;
import java.util.OptionalLong;

/**
 * PREVIEW: the text of a continuous query, run over what its inputs hold now, so that what is tried
 * is what will run.
 */
final class PreviewHandler implements StatementHandler<Preview> {
  private final Parts parts;
  private final Discovery discovery;

  PreviewHandler(Parts parts, Discovery discovery) {
    this.parts = parts;
    this.discovery = discovery;
  }

  @Override
  public Class<Preview> kind() {
    return Preview.class;
  }

  @Override
  public Result execute(Preview statement, StatementRequest request, String text) {
    CatalogImage image = discovery.imageFor(statement.query().text());
    String sql = Dialects.toFlink(statement.query().text());
    ChangeCursor cursor = Places.within(statement.query(), () -> parts.flow().preview(image, sql));
    request.cancellation().onCancel(cursor::close);
    return new Result.Changes(cursor, OptionalLong.empty());
  }
}
