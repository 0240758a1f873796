package io.millrace.interop.spark;

import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.SupportsPushDownRequiredColumns;
import org.apache.spark.sql.connector.read.SupportsPushDownV2Filters;
import org.apache.spark.sql.types.StructType;

/** Gathers what Spark asks of a read. */
final class ReadBuilder implements SupportsPushDownRequiredColumns, SupportsPushDownV2Filters {
  private final Relation relation;
  private final SourceOptions options;
  private final Bounds bounds = new Bounds();
  private StructType columns;

  ReadBuilder(Relation relation, SourceOptions options, StructType columns) {
    this.relation = relation;
    this.options = options;
    this.columns = columns;
  }

  @Override
  public void pruneColumns(StructType required) {
    columns = required;
  }

  /** Spark looks at the rows itself, too. What is a table's row now depends on all its changes. */
  @Override
  public Predicate[] pushPredicates(Predicate[] predicates) {
    if (!TopicScan.givesCurrentRows(relation, options)) {
      bounds.add(predicates);
    }
    return predicates;
  }

  @Override
  public Predicate[] pushedPredicates() {
    return bounds.used();
  }

  @Override
  public Scan build() {
    return new TopicScan(relation, options, columns, bounds);
  }
}
