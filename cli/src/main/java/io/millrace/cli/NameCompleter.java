package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/** Completes keywords, and the names of relations, columns, queries and sinks. */
final class NameCompleter implements Completer {
  private static final List<String> WORDS =
      List.of(
          "ADD",
          "ALTER",
          "AS",
          "BY",
          "CASCADE",
          "COLUMN",
          "COMMENT",
          "CREATE",
          "DELETE",
          "DESCRIBE",
          "DROP",
          "EMIT CHANGES",
          "EXISTS",
          "EXPLAIN",
          "EXTENDED",
          "FOR",
          "FROM",
          "GROUP",
          "HAVING",
          "IF",
          "INSERT",
          "INTO",
          "JOIN",
          "KEY",
          "LIMIT",
          "NOT",
          "NULL",
          "ON",
          "ORDER",
          "PAUSE",
          "PRIMARY",
          "PRINT",
          "QUERY",
          "RESUME",
          "SCHEMA",
          "SELECT",
          "SET",
          "SHOW",
          "SHOW QUERIES",
          "SHOW STREAMS",
          "SHOW TABLES",
          "SINK",
          "STREAM",
          "TABLE",
          "UPDATE",
          "VALUES",
          "VIEW",
          "WATERMARK",
          "WHERE",
          "WITH");

  private final Client client;

  NameCompleter(Client client) {
    this.client = client;
  }

  @Override
  public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
    boolean lower =
        line.word().equals(line.word().toLowerCase(Locale.ROOT)) && !line.word().isEmpty();
    WORDS.forEach(
        word -> candidates.add(new Candidate(lower ? word.toLowerCase(Locale.ROOT) : word)));
    JsonNode names;
    try {
      names = client.names();
    } catch (IOException | ServerNotReachedException e) {
      return; // without the server there is nothing to complete but keywords
    }
    names
        .path("relations")
        .properties()
        .forEach(
            relation -> {
              candidates.add(new Candidate(relation.getKey()));
              if (line.line().contains(relation.getKey())) {
                relation
                    .getValue()
                    .forEach(column -> candidates.add(new Candidate(column.asText())));
              }
            });
    for (String kind : List.of("views", "queries", "sinks")) {
      names.path(kind).forEach(name -> candidates.add(new Candidate(name.asText())));
    }
  }
}
