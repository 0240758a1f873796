package io.millrace.registry.server;

/**
 * An answer other than success: the HTTP status, the error code of Confluent's API (its codes up to
 * release 8.1) and a sentence.
 */
final class RegistryError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final int code;

  RegistryError(int status, int code, String message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  RegistryError(int status, int code, String message, Throwable cause) {
    super(message, cause);
    this.status = status;
    this.code = code;
  }

  int status() {
    return status;
  }

  int code() {
    return code;
  }

  static RegistryError noSuchAddress() {
    return new RegistryError(404, 404, "HTTP 404 Not Found");
  }

  static RegistryError methodNotAllowed() {
    return new RegistryError(405, 405, "HTTP 405 Method Not Allowed");
  }

  static RegistryError malformedBody(Throwable cause) {
    return new RegistryError(400, 400, "Invalid request: the body is not the JSON expected", cause);
  }

  static RegistryError subjectNotFound(SubjectName subject) {
    return new RegistryError(404, 40401, "Subject '" + subject + "' not found.");
  }

  static RegistryError versionNotFound(int version) {
    return new RegistryError(404, 40402, "Version " + version + " not found.");
  }

  static RegistryError schemaNotFound() {
    return new RegistryError(404, 40403, "Schema not found");
  }

  static RegistryError schemaNotFound(Object id) {
    return new RegistryError(404, 40403, "Schema " + id + " not found");
  }

  static RegistryError subjectSoftDeleted(SubjectName subject) {
    return new RegistryError(
        404,
        40404,
        "Subject '" + subject + "' was soft deleted. Set permanent=true to delete permanently");
  }

  static RegistryError subjectNotSoftDeleted(SubjectName subject) {
    return new RegistryError(
        404,
        40405,
        "Subject '" + subject + "' was not deleted first before being permanently deleted");
  }

  static RegistryError versionSoftDeleted(SubjectName subject, int version) {
    return new RegistryError(
        404,
        40406,
        "Subject '"
            + subject
            + "' Version "
            + version
            + " was soft deleted. Set permanent=true to delete permanently");
  }

  static RegistryError versionNotSoftDeleted(SubjectName subject, int version) {
    return new RegistryError(
        404,
        40407,
        "Subject '"
            + subject
            + "' Version "
            + version
            + " was not deleted first before being permanently deleted");
  }

  static RegistryError noSubjectCompatibility(SubjectName subject) {
    return new RegistryError(
        404,
        40408,
        "Subject '" + subject + "' does not have subject-level compatibility configured");
  }

  static RegistryError noSubjectMode(SubjectName subject) {
    return new RegistryError(
        404, 40409, "Subject '" + subject + "' does not have subject-level mode configured");
  }

  static RegistryError invalidSchema(String message, Throwable cause) {
    return new RegistryError(422, 42201, message, cause);
  }

  static RegistryError invalidSchema(String message) {
    return new RegistryError(422, 42201, message);
  }

  static RegistryError invalidVersion(String version) {
    return new RegistryError(
        422,
        42202,
        "The specified version '"
            + version
            + "' is not a valid version id. Allowed values are between [1, 2^31-1] and the string"
            + " \"latest\"");
  }

  static RegistryError invalidCompatibility() {
    return new RegistryError(
        422,
        42203,
        "Invalid compatibility level. Valid values are none, backward, forward, full,"
            + " backward_transitive, forward_transitive, and full_transitive");
  }

  static RegistryError invalidMode(String message) {
    return new RegistryError(422, 42204, message);
  }

  static RegistryError notPermitted(String message) {
    return new RegistryError(422, 42205, message);
  }

  static RegistryError readOnly(SubjectName subject) {
    return notPermitted(
        "Subject " + subject + " in context " + subject.context() + " is in read-only mode");
  }

  static RegistryError notInMode(SubjectName subject, String mode) {
    return notPermitted(
        "Subject " + subject + " in context " + subject.context() + " is not in " + mode + " mode");
  }

  static RegistryError referenceExists(StoredSchema schema) {
    return new RegistryError(
        422,
        42206,
        "One or more references exist to the schema {magic=1,keytype=SCHEMA,subject="
            + schema.subject()
            + ",version="
            + schema.version()
            + "}.");
  }

  static RegistryError invalidSubject(SubjectName subject) {
    return new RegistryError(422, 42208, "The specified subject '" + subject + "' is not valid.");
  }

  static RegistryError invalidRuleSet(String message) {
    return new RegistryError(422, 42210, message);
  }

  static RegistryError contextNotEmpty(SubjectName context) {
    return new RegistryError(422, 42211, "The specified context '" + context + "' is not empty.");
  }

  static RegistryError storeFailed(String message, Throwable cause) {
    return new RegistryError(500, 50001, message, cause);
  }
}
