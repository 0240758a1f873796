package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/**
 * Completes keywords, and the names of relations, queries and sinks, and of the columns of
 * relations that the statement mentions, also behind an alias and a dot.
 */
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
    String word = line.word();
    boolean lower = !word.isEmpty() && word.equals(word.toLowerCase(Locale.ROOT));
    WORDS.forEach(w -> candidates.add(new Candidate(lower ? w.toLowerCase(Locale.ROOT) : w)));
    JsonNode names;
    try {
      names = client.names();
    } catch (IOException | ServerNotReachedException e) {
      return; // without the server there is nothing to complete but keywords
    }
    String text = line.line().toLowerCase(Locale.ROOT);
    String alias = word.substring(0, word.lastIndexOf('.') + 1);
    names
        .path("relations")
        .properties()
        .forEach(
            relation -> {
              candidates.add(new Candidate(relation.getKey()));
              if (text.contains(relation.getKey().toLowerCase(Locale.ROOT))) {
                relation
                    .getValue()
                    .forEach(column -> candidates.add(new Candidate(alias + column.asText())));
              }
            });
    for (String kind : List.of("views", "queries", "sinks")) {
      names.path(kind).forEach(name -> candidates.add(new Candidate(name.asText())));
    }
  }
}
