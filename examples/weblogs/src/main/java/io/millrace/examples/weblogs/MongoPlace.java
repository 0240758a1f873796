package io.millrace.examples.weblogs;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.model.Filters;
import io.millrace.testserver.mongodb.MongoStandIn;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.bson.Document;

/** A server that speaks MongoDB's protocol, read by MongoDB's own driver. */
final class MongoPlace implements Destination {
  private static final String DATABASE = "mart";

  private final MongoStandIn server = new MongoStandIn();
  private final Network network;

  MongoPlace() throws IOException {
    network = new Network(server.port());
  }

  @Override
  public String title() {
    return "MongoDB";
  }

  @Override
  public String sink(String from) {
    return from + "_mongodb";
  }

  @Override
  public String create(String from, String trigger) {
    return ("CREATE SINK %s FROM %s INTO mongodb WITH"
            + " ('url' = 'mongodb://localhost:%d/?serverSelectionTimeoutMS=5000',"
            + " 'database' = '%s', 'collection' = '%s', 'trigger' = '%s');")
        .formatted(sink(from), from, network.port(), DATABASE, from, trigger);
  }

  @Override
  public Network network() {
    return network;
  }

  @Override
  public void read(String from, List<String> columns, Consumer<String> line) {
    try (MongoClient client = MongoClients.create(server.url())) {
      client
          .getDatabase(DATABASE)
          .getCollection(from)
          .find(Filters.exists("_millrace.deleted", false))
          .forEach(document -> line.accept(text(document, columns)));
    }
  }

  private static String text(Document document, List<String> columns) {
    return columns.stream()
        .map(column -> document.get(column) == null ? "-" : document.get(column).toString())
        .collect(Collectors.joining(" "));
  }

  @Override
  public void close() throws IOException {
    network.close();
    server.close();
  }
}
