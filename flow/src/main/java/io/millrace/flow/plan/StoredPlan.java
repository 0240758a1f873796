package io.millrace.flow.plan;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Relation;
import io.millrace.flow.FlowSettings;
import io.millrace.flow.plan.CompiledPlan.PlanColumn;
import io.millrace.flow.topic.FlinkTypes;
import io.millrace.log.LogSettings;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import io.millrace.registry.Contracts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.PlanReference;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.internal.TableEnvironmentImpl;
import org.apache.flink.table.catalog.CatalogTable;
import org.apache.flink.table.delegation.Planner;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;

/**
 * A compiled plan made into a job. State finds its operators by the ids in the plan, so a plan is
 * compiled once and its tables keep the columns they had then: one that was given columns since is
 * shown to the plan as it was. Immutable.
 */
public final class StoredPlan {
  private final CompiledPlan plan;

  public StoredPlan(String json) {
    this.plan = new CompiledPlan(json);
  }

  /** Whether each row goes to the partition number it was read from. */
  public boolean preservesPartitions() {
    return plan.preservesPartitions();
  }

  /** The streams and tables it reads, of this image. */
  public Set<Relation> reads(CatalogImage image) {
    return plan.reads().stream().map(name -> AsOf.require(image, name)).collect(Collectors.toSet());
  }

  /** The columns of a table that it reads; names compare without case. */
  public Set<String> columnsRead(Name table) {
    return plan.columnsRead(table);
  }

  public Name target() {
    return plan.target();
  }

  /**
   * An environment that holds the job, ready to be executed.
   *
   * @param configuration how to run it; parallelism included
   * @param shape what becomes of each sink before it is added
   */
  public StreamExecutionEnvironment translate(
      CatalogImage image,
      TopicTables how,
      Configuration configuration,
      FlowSettings settings,
      Contracts contracts,
      LogSettings log,
      UnaryOperator<Transformation<?>> shape) {
    configuration.setString("table.exec.uid.generation", "PLAN_ONLY");
    // Statement names hold no '<', so nothing of them is taken for a placeholder.
    configuration.setString(
        "table.exec.uid.format", how.statement().folded() + "_<id>_<transformation>");
    Map<Name, Relation> relations = new HashMap<>();
    Map<Name, CatalogTable> tables = new HashMap<>();
    plan.tables()
        .forEach(
            (name, columns) -> {
              Relation known = AsOf.require(image, name);
              boolean written = name.equals(plan.target());
              relations.put(name, asPlanned(known, columns, written, contracts));
              tables.put(name, table(known, columns));
            });
    boolean preserve = plan.preservesPartitions();
    Session session =
        Session.open(
            image,
            configuration,
            name ->
                how.of(
                    relations.get(name),
                    preserve && name.equals(plan.target()),
                    settings,
                    log,
                    contracts.settings()));
    session.catalog().showTablesBy((name, relation) -> Optional.ofNullable(tables.get(name)));
    Planner planner = ((TableEnvironmentImpl) session.tables()).getPlanner();
    try {
      for (Transformation<?> transformation :
          planner.translatePlan(planner.loadPlan(PlanReference.fromJsonString(plan.text())))) {
        session.environment().addOperator(shape.apply(transformation));
      }
    } catch (IOException e) {
      throw new MillraceException(ErrorCode.INTERNAL_ERROR, "Cannot read a stored plan", e);
    } catch (RuntimeException e) {
      throw new QueryErrors(image, "").of(e);
    }
    return session.environment();
  }

  /** The relation with the columns that the plan knows; one that is written has no others. */
  private static Relation asPlanned(
      Relation relation, List<PlanColumn> columns, boolean written, Contracts contracts) {
    List<Column> physical = new ArrayList<>();
    List<String> order = new ArrayList<>();
    Map<Integer, Column> planned = new TreeMap<>();
    for (PlanColumn column : columns) {
      if (column.isPhysical()) {
        int index = relation.schema().indexOf(column.name());
        if (index < 0) {
          throw lost(relation, column);
        }
        planned.put(index, asPlanned(relation.schema().column(index), column.type()));
      }
      order.add(column.name());
    }
    for (int i = 0; i < relation.schema().size(); i++) {
      // Formats that go by position need to know of every column that a record may have.
      if (planned.containsKey(i) || !written) {
        physical.add(planned.getOrDefault(i, relation.schema().column(i)));
      }
    }
    if (physical.equals(relation.schema().columns())) {
      return relation;
    }
    RowSchema schema = new RowSchema(physical, relation.schema().primaryKey());
    int contract =
        written && relation.valueSchemaId() >= 0
            ? contractOf(relation, schema, contracts)
            : relation.valueSchemaId();
    order.removeIf(HiddenPartition.COLUMN::equals);
    return relation.withSchema(schema, order, contract);
  }

  /** A column that was widened since is read and written as the plan knows it. */
  private static Column asPlanned(Column column, JsonNode planned) {
    if (!planned.isTextual()) {
      return column;
    }
    LogicalType type = LogicalTypeParser.parse(planned.asText(), StoredPlan.class.getClassLoader());
    LogicalType known = FlinkTypes.toFlink(column.type()).getLogicalType();
    return known.copy(true).equals(type.copy(true))
        ? column
        : new Column(
            column.name(),
            FlinkTypes.fromFlink(column.name(), type).withNullable(column.type().nullable()),
            column.comment());
  }

  /** A writer that knows fewer columns goes on with the contract it began with. */
  private static int contractOf(Relation relation, RowSchema schema, Contracts contracts) {
    String subject = relation.topic() + "-value";
    List<Integer> versions = contracts.versions(subject);
    for (int i = versions.size() - 1; i >= 0; i--) {
      Optional<Contracts.Contract> contract = contracts.version(subject, versions.get(i));
      if (contract.isPresent() && names(contract.get(), relation).equals(names(schema))) {
        return contract.get().id();
      }
    }
    throw new MillraceException(
        ErrorCode.CONTRACT_NOT_FOUND,
        "Cannot run a stored plan: no contract of "
            + relation.name()
            + " has the columns "
            + String.join(", ", names(schema)));
  }

  private static List<String> names(Contracts.Contract contract, Relation relation) {
    return names(AvroContracts.rowSchema(contract.schema(), relation.schema().primaryKey()));
  }

  private static List<String> names(RowSchema schema) {
    return schema.columns().stream().map(Column::name).toList();
  }

  /** The table as the plan remembers it: Flink compares the two before it runs the plan. */
  private static CatalogTable table(Relation relation, List<PlanColumn> columns) {
    Schema.Builder schema = Schema.newBuilder();
    for (PlanColumn column : columns) {
      if (column.isPhysical()) {
        // Plans write plain types as SQL text, and time attributes as objects.
        if (column.type().isTextual()) {
          schema.column(column.name(), column.type().asText());
        } else {
          schema.column(column.name(), FlinkTypes.toFlink(timeColumn(relation, column).type()));
        }
      } else if (column.name().equals(HiddenPartition.COLUMN)) {
        schema.columnByMetadata(column.name(), "INT", column.metadataKey(), column.virtual());
      } else if (column.isMetadata()) {
        schema.columnByMetadata(
            column.name(),
            FlinkTypes.toFlink(metadata(relation, column).type()),
            column.metadataKey(),
            true);
      } else {
        schema.columnByExpression(column.name(), computed(relation, column).expression());
      }
    }
    WarehouseCatalog.watermarkAndKey(schema, relation);
    return CatalogTable.newBuilder().schema(schema.build()).options(Map.of()).build();
  }

  private static Column timeColumn(Relation relation, PlanColumn column) {
    int index = relation.schema().indexOf(column.name());
    if (index < 0) {
      throw lost(relation, column);
    }
    return relation.schema().column(index);
  }

  private static Relation.MetadataColumn metadata(Relation relation, PlanColumn column) {
    return relation.metadata().stream()
        .filter(m -> m.name().equalsIgnoreCase(column.name()))
        .findFirst()
        .orElseThrow(() -> lost(relation, column));
  }

  private static Relation.ComputedColumn computed(Relation relation, PlanColumn column) {
    return relation.computed().stream()
        .filter(c -> c.name().equalsIgnoreCase(column.name()))
        .findFirst()
        .orElseThrow(() -> lost(relation, column));
  }

  private static MillraceException lost(Relation relation, PlanColumn column) {
    return new MillraceException(
        ErrorCode.QUERY_FAILED,
        "Cannot run a stored plan: " + relation.name() + " has lost column " + column.name());
  }
}
