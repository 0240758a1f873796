package io.millrace.sink.redis;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.util.Set;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.JedisURIHelper;

/**
 * Where the server is and how to log in. Immutable; sent to the tasks that write. The password is
 * never printed.
 *
 * @param user and {@code password}: empty where none is needed
 */
record Place(String url, String user, String password) implements Serializable {
  private static final int TIMEOUT_MILLIS = 10_000;

  /** First words of errors that may pass by themselves (Redis' manual, "RESP protocol"). */
  private static final Set<String> PASSING =
      Set.of("LOADING", "READONLY", "MASTERDOWN", "TRYAGAIN", "BUSY", "OOM", "NOREPLICAS");

  /** A connection of its own; the caller closes it. */
  Jedis connect() {
    URI uri = URI.create(url);
    DefaultJedisClientConfig.Builder settings =
        DefaultJedisClientConfig.builder()
            .clientName("millrace")
            .connectionTimeoutMillis(TIMEOUT_MILLIS)
            .socketTimeoutMillis(TIMEOUT_MILLIS)
            .database(JedisURIHelper.getDBIndex(uri))
            .ssl(JedisURIHelper.isRedisSSLScheme(uri));
    if (!user.isEmpty()) {
      settings.user(user);
    }
    if (!password.isEmpty()) {
      settings.password(password);
    }
    return new Jedis(JedisURIHelper.getHostAndPort(uri), settings.build());
  }

  static boolean mayPass(JedisException e) {
    return e instanceof JedisConnectionException || PASSING.contains(firstWord(e));
  }

  static String firstWord(JedisException e) {
    String message = String.valueOf(e.getMessage());
    int end = message.indexOf(' ');
    return end < 0 ? message : message.substring(0, end);
  }

  /** Says what failed: an IOException where the place may recover, else throws SINK_FAILED. */
  IOException failure(JedisException e) {
    String what = "write to " + this + ": " + e.getMessage();
    if (mayPass(e)) {
      return new IOException("Failed to " + what, e);
    }
    throw new MillraceException(ErrorCode.SINK_FAILED, "Cannot " + what, e)
        .hint("Allow the user what it needs; then RESUME the sink, which goes on where it stood.");
  }

  @Override
  public String toString() {
    URI uri = URI.create(url);
    return "redis at " + uri.getHost() + ":" + JedisURIHelper.getHostAndPort(uri).getPort();
  }
}
