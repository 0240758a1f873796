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
    Contract found =
        contract.orElseThrow(
            () ->
                new MillraceException(
                        ErrorCode.CONTRACT_NOT_FOUND,
                        "Cannot show the contract of " + relation.name() + ": there is none")
                    .hint("Versions: " + parts.contracts().versions(subject) + "."));
    return new Result.Rows(
        new TableCursor(
                new Column("version", DataType.BIGINT),
                new Column("id", DataType.BIGINT),
                new Column("schema", DataType.STRING))
            .row((long) found.version(), (long) found.id(), found.schema().toString(true)));
  }
}
