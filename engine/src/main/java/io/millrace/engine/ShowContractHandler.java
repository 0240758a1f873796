package io.millrace.engine;

import io.millrace.catalog.Relation;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.registry.Contracts.Contract;
import io.millrace.sql.ShowContract;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** SHOW CONTRACT: the Avro schema of a stream or table, newest or of one version. */
final class ShowContractHandler implements StatementHandler<ShowContract> {
  private final Parts parts;
  private final Discovery discovery;

  ShowContractHandler(Parts parts, Discovery discovery) {
    this.parts = parts;
    this.discovery = discovery;
  }

  @Override
  public Class<ShowContract> kind() {
    return ShowContract.class;
  }

  @Override
  public Result execute(ShowContract statement, StatementRequest request, String text) {
    discovery.adopt(List.of(statement.name()));
    Relation relation = parts.catalog().image().requireRelation(statement.name());
    String subject = relation.topic() + "-value";
    Optional<Contract> contract =
        statement.version().isPresent()
            ? parts.contracts().version(subject, statement.version().getAsInt())
            : parts.contracts().latest(subject);
    Contract found = contract.orElseThrow(() -> missing(relation, statement.version(), subject));
    return new Result.Rows(
        new TableCursor(
                new Column("version", DataType.BIGINT),
                new Column("versions", DataType.STRING),
                new Column("id", DataType.BIGINT),
                new Column("schema", DataType.STRING))
            .row(
                (long) found.version(),
                numbers(parts.contracts().versions(subject)),
                (long) found.id(),
                found.schema().toString(true)));
  }

  private MillraceException missing(Relation relation, OptionalInt version, String subject) {
    List<Integer> versions = parts.contracts().versions(subject);
    MillraceException missing =
        new MillraceException(
            ErrorCode.CONTRACT_NOT_FOUND,
            "Cannot show "
                + (version.isPresent() ? "version " + version.getAsInt() + " of " : "")
                + "the contract of "
                + relation.name()
                + ": there is none");
    return missing.hint(
        versions.isEmpty()
            ? "Only streams and tables of format avro have a contract; the format of "
                + relation.name()
                + " is "
                + relation.format()
                + "."
            : "There "
                + (versions.size() == 1 ? "is version " : "are versions ")
                + numbers(versions)
                + ".");
  }

  private static String numbers(List<Integer> versions) {
    return versions.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }
}
