package io.millrace.registry.server;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where this registry and Apicurio 3.0.9 answer differently, each time because Confluent's answers
 * as ours does. {@code {s}} is a subject with two versions, {@code {id}} the id of the first.
 * Printed into the reference page; {@link DifferentialIT} holds each against both servers.
 */
enum Difference {
  UNKNOWN_LEVEL(
      "PUT /config/{s} {'compatibility':'SIDEWAYS'}",
      "422 42203",
      "500 0",
      "A wrong level is the client's mistake"),
  NO_LEVEL_OF_ITS_OWN(
      "GET /config/{s}",
      "404 40408",
      "200 {'compatibilityLevel':'NONE'}",
      "NONE would be a level; the one in force is that of all"),
  NO_LEVEL_TO_RESET(
      "DELETE /config/{s}",
      "404 40401",
      "200 {'compatibilityLevel':'NONE'}",
      "There is nothing to reset"),
  LEVEL_NONE(
      "PUT /config/{s} {'compatibility':'NONE'}; GET /config/{s}?defaultToGlobal=true",
      "200 {'compatibilityLevel':'NONE'}",
      "200 {'compatibilityLevel':'BACKWARD'}",
      "A subject set to NONE is not compared; Apicurio goes back to the level of all"),
  LEVEL_BEFORE_THE_SUBJECT(
      "PUT /config/{s}-new {'compatibility':'NONE'}",
      "200 {'compatibility':'NONE'}",
      "404 40401",
      "A level may be set before the first version"),
  LEVEL_AS_IT_WAS_SENT(
      "PUT /config/{s} {'compatibility':'FULL'}",
      "200 {'compatibility':'FULL'}",
      "200 {'compatibilityLevel':'FULL'}",
      "The answer repeats the request"),
  RESET_OF_THE_LEVEL_OF_ALL(
      "DELETE /config", "200 {'compatibilityLevel':'BACKWARD'}", "405", "Not in Apicurio's API"),
  SUBJECT_STILL_THERE(
      "DELETE /subjects/{s}?permanent=true", "404 40405", "409 40405", "The status is Confluent's"),
  VERSION_STILL_THERE(
      "DELETE /subjects/{s}/versions/1?permanent=true",
      "404 40407",
      "409 40407",
      "The status is Confluent's"),
  VERSION_DELETED_TWICE(
      "DELETE /subjects/{s}/versions/1; DELETE /subjects/{s}/versions/1",
      "404 40406",
      "409 40406",
      "The status is Confluent's"),
  VERSION_ZERO("GET /subjects/{s}/versions/0", "422 42202", "404 40402", "Versions count from 1"),
  VERSION_OF_A_DELETED_SUBJECT(
      "DELETE /subjects/{s}; GET /subjects/{s}/versions/1/schema?deleted=true",
      "200 {'type':'record','name':'{s}','fields':[{'name':'a','type':'int'}]}",
      "404 40401",
      "What was deleted softly is readable when asked for"),
  LOOK_UP_IN_A_DELETED_SUBJECT(
      "DELETE /subjects/{s}; POST /subjects/{s} {'schema':'\"int\"'}",
      "404 40401",
      "404 40403",
      "The subject is what is missing first"),
  FIRST_VERSION_COMPARED(
      "POST /compatibility/subjects/{s}-new/versions {'schema':'\"int\"'}",
      "200 {'is_compatible':true}",
      "404 40401",
      "Nothing speaks against the first version"),
  DELETED_VERSION_COMPARED(
      "DELETE /subjects/{s}/versions/1;"
          + " POST /compatibility/subjects/{s}/versions/1 {'schema':'\"int\"'}",
      "404 40402",
      "200 {'is_compatible':false}",
      "Deleted versions are compared with nothing"),
  REASONS(
      "POST /compatibility/subjects/{s}/versions/2?verbose=true {'schema':'\"int\"'}",
      "200 with messages",
      "200 {'is_compatible':false}",
      "Asked for with verbose"),
  ALIAS_OF_ANOTHER_FIELD(
      "POST /subjects/{s}/versions {'schema':'{\"type\":\"record\",\"name\":\"{s}\",\"fields\":"
          + "[{\"name\":\"b\",\"type\":\"int\",\"aliases\":[\"a\"]}]}'}",
      "409 409",
      "422 0",
      "The schema is valid, but Avro cannot read both fields as one"),
  REFERRERS_OF_NO_VERSION(
      "GET /subjects/{s}/versions/9/referencedby",
      "404 40402",
      "200 []",
      "There is no such version"),
  REFERRED_BY_A_DELETED_VERSION(
      "POST /subjects/{s}-by/versions {'schema':'{\"type\":\"array\",\"items\":\"{s}\"}',"
          + "'references':[{'name':'{s}','subject':'{s}','version':1}]};"
          + " DELETE /subjects/{s}-by; DELETE /subjects/{s}",
      "200 [1,2]",
      "422 42206",
      "Soft deletion looks at live referrers; deletion for good at all"),
  REGISTERED_AGAIN(
      "DELETE /subjects/{s}/versions/2;"
          + " POST /subjects/{s}/versions {'schema':'{\"type\":\"record\",\"name\":\"{s}\","
          + "\"fields\":[{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"b\",\"type\":\"int\","
          + "\"default\":0}]}'}; GET /subjects/{s}/versions?deleted=true",
      "200 [1,3]",
      "200 [1,2,3]",
      "The new version takes the place of the deleted one with the same id"),
  TEXT_AS_AVRO_WRITES_IT(
      "POST /subjects/{s}-text/versions {'schema':'{\"type\":\"int\"}'};"
          + " GET /subjects/{s}-text/versions/1/schema",
      "200 'int'",
      "200 {'type':'int'}",
      "One form for all ways to write a schema"),
  EMPTY_SCHEMA(
      "POST /subjects/{s}-empty/versions {'schema':'','id':-1}; GET /subjects/{s}-empty/versions",
      "404 40401",
      "200 [1]",
      "An empty text is no schema"),
  BODY_THAT_IS_NO_JSON("POST /subjects/{s} {", "400 400", "400", "Every error is a JSON object"),
  TYPES(
      "GET /schemas/types",
      "200 ['AVRO']",
      "200 ['JSON','PROTOBUF','AVRO']",
      "This registry keeps Avro alone"),
  SUBJECTS_OF_AN_ID(
      "GET /schemas/ids/{id}/subjects", "200 ['{s}']", "404", "Not in Apicurio's API"),
  CONTEXTS("GET /contexts", "200 ['.']", "200 [':.:']", "Contexts are listed without their colons"),
  MODE("GET /mode", "200 {'mode':'READWRITE'}", "404", "Not in Apicurio's API"),
  ALL_SCHEMAS("GET /schemas?subjectPrefix={s}-none", "200 []", "404", "Not in Apicurio's API");

  private final String requests;
  private final String ours;
  private final String theirs;
  private final String reason;

  Difference(String requests, String ours, String theirs, String reason) {
    this.requests = requests;
    this.ours = ours;
    this.theirs = theirs;
    this.reason = reason;
  }

  /** The requests in order, with double quotes; the answer to the last one is meant. */
  List<String> requests(String subject, int id) {
    return Arrays.stream(requests.split("; "))
        .map(r -> filled(r, subject).replace("{id}", Integer.toString(id)))
        .toList();
  }

  String ours(String subject) {
    return filled(ours, subject);
  }

  String theirs(String subject) {
    return filled(theirs, subject);
  }

  private static String filled(String text, String subject) {
    return quoted(text).replace("{s}", subject);
  }

  /** Quotes within a schema's text are escaped where the text itself is quoted. */
  private static String quoted(String text) {
    return text.replace("\"", "\\\"").replace('\'', '"');
  }

  /** The rows of the reference page. */
  static String table() {
    return Arrays.stream(values())
        .map(
            d ->
                "| `"
                    + String.join("`, `", quoted(d.requests).split("; "))
                    + "` | `"
                    + quoted(d.ours)
                    + "` | `"
                    + quoted(d.theirs)
                    + "` | "
                    + d.reason
                    + " |")
        .collect(
            Collectors.joining(
                "\n", "| Request | Here | Apicurio | Why |\n| --- | --- | --- | --- |\n", "\n"));
  }
}
