package io.millrace.log;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.Serializable;
import java.util.Map;

/**
 * How a cluster is reached: {@code host:port[,host:port...]} and the client properties that are
 * handed unread to every Kafka client (security, time-outs, and so on). Immutable.
 */
public record LogSettings(String bootstrap, Map<String, String> clientProperties)
    implements Serializable {
  public LogSettings {
    if (bootstrap.isBlank()) {
      throw new MillraceException(ErrorCode.INVALID_OPTION, "Invalid Kafka address: it is empty")
          .hint("Write host:port, or several separated by commas.");
    }
    clientProperties = Map.copyOf(clientProperties);
  }

  /** A cluster that needs no client properties. */
  public static LogSettings of(String bootstrap) {
    return new LogSettings(bootstrap, Map.of());
  }
}
