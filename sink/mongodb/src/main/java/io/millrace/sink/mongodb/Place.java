package io.millrace.sink.mongodb;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoCredential;
import com.mongodb.MongoException;
import com.mongodb.MongoNotPrimaryException;
import com.mongodb.MongoSecurityException;
import com.mongodb.MongoSocketException;
import com.mongodb.MongoTimeoutException;
import com.mongodb.WriteConcern;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.io.Serializable;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bson.RawBsonDocument;

/**
 * Where a collection is and how to log in. Immutable; sent to the tasks that write. The password is
 * never printed.
 *
 * @param user and {@code password}: empty where the URL has them or none is needed
 */
record Place(String url, String user, String password, String database, String collection)
    implements Serializable {
  /** How long a server that takes writes is looked for, unless the URL says otherwise. */
  private static final int SELECTION_SECONDS = 10;

  /**
   * Codes of errors that may pass by themselves: HostUnreachable, HostNotFound, NetworkTimeout,
   * ShutdownInProgress, WriteConflict, PrimarySteppedDown, ExceededTimeLimit,
   * NetworkInterfaceExceededTimeLimit, SocketException, NotWritablePrimary, InterruptedAtShutdown,
   * InterruptedDueToReplStateChange, NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary (MongoDB's
   * manual, "Error Codes").
   */
  private static final Set<Integer> PASSING =
      Set.of(6, 7, 89, 91, 112, 189, 202, 262, 9001, 10107, 11600, 11602, 13435, 13436);

  /** A client of its own; the caller closes it. Nothing is connected to before its first use. */
  MongoClient client() {
    ConnectionString connection = new ConnectionString(url);
    MongoClientSettings.Builder settings =
        MongoClientSettings.builder()
            .applicationName("millrace")
            .applyToClusterSettings(
                cluster -> cluster.serverSelectionTimeout(SELECTION_SECONDS, TimeUnit.SECONDS))
            .applyConnectionString(connection);
    if (!user.isEmpty()) {
      String source =
          connection.getCredential() == null ? "admin" : connection.getCredential().getSource();
      settings.credential(MongoCredential.createCredential(user, source, password.toCharArray()));
    }
    return MongoClients.create(settings.build());
  }

  /** A write is acknowledged once a majority of the servers has it in its journal. */
  MongoCollection<RawBsonDocument> open(MongoClient client) {
    return client
        .getDatabase(database)
        .getCollection(collection, RawBsonDocument.class)
        .withWriteConcern(WriteConcern.MAJORITY.withJournal(true));
  }

  static boolean mayPass(int code) {
    return PASSING.contains(code);
  }

  private static boolean mayPass(MongoException e) {
    if (e instanceof MongoSecurityException) {
      return false;
    }
    return e instanceof MongoSocketException
        || e instanceof MongoTimeoutException
        || e instanceof MongoNotPrimaryException
        || e.hasErrorLabel("RetryableWriteError")
        || mayPass(e.getCode());
  }

  /** Says what failed: an IOException where the place may recover, else throws SINK_FAILED. */
  IOException failure(String what, MongoException e) {
    if (mayPass(e)) {
      return new IOException("Failed to " + what + ": " + e.getMessage(), e);
    }
    throw new MillraceException(ErrorCode.SINK_FAILED, "Cannot " + what + ": " + e.getMessage(), e)
        .hint(
            "Allow the user what it needs, or correct the collection; then RESUME the sink, which"
                + " goes on where it stood.");
  }

  @Override
  public String toString() {
    return "collection " + database + "." + collection;
  }
}
