package io.millrace.engine;

import io.millrace.catalog.CatalogTopic;
import io.millrace.flow.Flow;
import io.millrace.format.Formats;
import io.millrace.log.LogClient;
import io.millrace.registry.Contracts;
import io.millrace.serving.Serving;
import io.millrace.sink.SinkConnector;
import io.millrace.source.RowsWriter;
import io.millrace.source.SourceConnector;
import java.util.List;

/** What the conductor conducts. The caller owns the parts and closes them after the conductor. */
public record Parts(
    LogClient log,
    Contracts contracts,
    Formats formats,
    CatalogTopic catalog,
    Flow flow,
    Serving serving,
    RowsWriter rows,
    List<SourceConnector> sources,
    List<SinkConnector> sinks) {
  public Parts {
    sources = List.copyOf(sources);
    sinks = List.copyOf(sinks);
  }
}
