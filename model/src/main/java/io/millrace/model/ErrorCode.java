package io.millrace.model;

/**
 * Every kind of failure that Millrace reports, with whose fault it is and one plain sentence. Codes
 * are stable: clients may compare them. The reference page of errors is printed from this enum.
 */
public enum ErrorCode {
  SYNTAX_ERROR(Fault.USER, 400, "The statement text could not be understood."),
  INVALID_NAME(Fault.USER, 400, "A name is empty, too long, reserved or differs only in case."),
  INVALID_TYPE(Fault.USER, 400, "A column type is not supported, or a value does not fit it."),
  INVALID_OPTION(Fault.USER, 400, "A WITH key or a setting is unknown or has an invalid value."),
  INVALID_QUERY(Fault.USER, 400, "A query was refused by the dialect that runs it."),
  INVALID_REQUEST(Fault.USER, 400, "A request to the server is malformed."),
  UNAUTHORIZED(Fault.USER, 401, "A request lacks the token it needs, or has another."),
  NOT_FOUND(Fault.USER, 404, "The named object does not exist."),
  ALREADY_EXISTS(Fault.USER, 409, "An object of that name exists already."),
  IN_USE(Fault.USER, 409, "Other objects depend on the named object."),
  TOPIC_MISMATCH(
      Fault.USER, 409, "An existing topic differs from what the statement asks for; it was left."),
  INCOMPATIBLE_CONTRACT(
      Fault.USER, 409, "The new contract is not compatible with an earlier version."),
  NOT_SUPPORTED(Fault.USER, 400, "The operation is understood but not offered."),
  ROW_REFUSED(Fault.USER, 422, "A row does not fit the contract."),
  DECODE_FAILED(Fault.USER, 422, "Bytes could not be read as a row of the contract."),
  EXPRESSION_FAILED(Fault.USER, 422, "An expression of a query failed on a row."),
  LATE_ROW(Fault.USER, 422, "A row's event time is behind the watermark of its partition."),
  CANCELLED(Fault.USER, 409, "The statement was cancelled."),
  TIMED_OUT(Fault.RESOURCES, 408, "The statement did not finish in the time allowed."),
  OVERLOADED(Fault.RESOURCES, 429, "More is sent than can be taken in now; send it again later."),
  KAFKA_UNAVAILABLE(Fault.OUTSIDE, 503, "The Kafka cluster could not be reached or refused."),
  REGISTRY_UNAVAILABLE(Fault.OUTSIDE, 503, "The schema registry could not be reached or refused."),
  CONTRACT_NOT_FOUND(Fault.OUTSIDE, 404, "The registry has no such subject, version or schema id."),
  SOURCE_FAILED(Fault.OUTSIDE, 502, "The system a source reads refused or could not be reached."),
  SINK_FAILED(Fault.OUTSIDE, 502, "The place a sink writes to refused or could not be reached."),
  QUERY_FAILED(Fault.OUTSIDE, 500, "A running query stopped."),
  COMMIT_LOST(
      Fault.OUTSIDE, 500, "A transaction of a query timed out before its commit; it was rewound."),
  DATA_EXPIRED(
      Fault.RESOURCES, 410, "Retention removed rows that a query, sink or copy had yet to read."),
  DISK_FULL(Fault.RESOURCES, 507, "The disk of the data folder is full, or nearly."),
  OUT_OF_MEMORY(Fault.RESOURCES, 507, "A memory limit was reached."),
  DATA_FOLDER_IN_USE(Fault.USER, 409, "Another server runs on the same data folder."),
  PORT_IN_USE(Fault.USER, 409, "A port that a setting names is taken."),
  INTERNAL_ERROR(Fault.OURS, 500, "A fault of Millrace itself; please report it.");

  /** Whose fault an error is. */
  public enum Fault {
    USER,
    OUTSIDE,
    RESOURCES,
    OURS
  }

  private final Fault fault;
  private final int httpStatus;
  private final String meaning;

  ErrorCode(Fault fault, int httpStatus, String meaning) {
    this.fault = fault;
    this.httpStatus = httpStatus;
    this.meaning = meaning;
  }

  public Fault fault() {
    return fault;
  }

  /** The HTTP status under which the server reports this code. */
  public int httpStatus() {
    return httpStatus;
  }

  public String meaning() {
    return meaning;
  }
}
