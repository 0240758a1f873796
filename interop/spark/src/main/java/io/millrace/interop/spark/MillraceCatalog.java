package io.millrace.interop.spark;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.analysis.NoSuchNamespaceException;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.NamespaceChange;
import org.apache.spark.sql.connector.catalog.SupportsNamespaces;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.connector.catalog.TableChange;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * A warehouse as a catalog of Spark: {@code spark.sql.catalog.millrace} is this class, {@code
 * spark.sql.catalog.millrace.kafka} and so on are its options. A schema is a namespace; every topic
 * with a contract is a table. What exists is changed by the warehouse's own statements.
 */
public final class MillraceCatalog implements TableCatalog, SupportsNamespaces {
  private String name;
  private Map<String, String> properties;
  private SourceOptions options;

  @Override
  public void initialize(String catalogName, CaseInsensitiveStringMap catalogOptions) {
    name = catalogName;
    properties = new TreeMap<>(catalogOptions.asCaseSensitiveMap());
    options = SourceOptions.of(properties);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String[] defaultNamespace() {
    return new String[] {Name.PUBLIC};
  }

  private Connections connections() {
    return Connections.of(options.warehouse());
  }

  private Stream<Name> names() {
    return Relation.list(connections()).stream();
  }

  @Override
  public Identifier[] listTables(String[] namespace) throws NoSuchNamespaceException {
    if (!namespaceExists(namespace)) {
      throw new NoSuchNamespaceException(namespace);
    }
    return names()
        .filter(one -> one.schema().equals(namespace[0]))
        .map(one -> Identifier.of(namespace, one.object()))
        .toArray(Identifier[]::new);
  }

  @Override
  public Table loadTable(Identifier ident) throws NoSuchTableException {
    if (ident.namespace().length > 1) {
      throw new NoSuchTableException(ident);
    }
    try {
      Name wanted =
          new Name(
              ident.namespace().length == 0 ? Name.PUBLIC : ident.namespace()[0], ident.name());
      return new MillraceTable(
          Relation.require(connections(), wanted, options),
          properties,
          MillraceTable.Columns.OF_CONTRACT);
    } catch (MillraceException e) {
      if (e.code() == ErrorCode.NOT_FOUND || e.code() == ErrorCode.INVALID_NAME) {
        throw new NoSuchTableException(ident);
      }
      throw e;
    }
  }

  @Override
  public String[][] listNamespaces() {
    return Stream.concat(Stream.of(Name.PUBLIC), names().map(Name::schema))
        .distinct()
        .map(schema -> new String[] {schema})
        .toArray(String[][]::new);
  }

  @Override
  public String[][] listNamespaces(String[] namespace) throws NoSuchNamespaceException {
    if (namespace.length == 0) {
      return listNamespaces();
    }
    if (!namespaceExists(namespace)) {
      throw new NoSuchNamespaceException(namespace);
    }
    return new String[0][];
  }

  @Override
  public boolean namespaceExists(String[] namespace) {
    return namespace.length == 1
        && Arrays.stream(listNamespaces()).anyMatch(one -> one[0].equals(namespace[0]));
  }

  @Override
  public Map<String, String> loadNamespaceMetadata(String[] namespace)
      throws NoSuchNamespaceException {
    if (!namespaceExists(namespace)) {
      throw new NoSuchNamespaceException(namespace);
    }
    return Map.of();
  }

  private static UnsupportedOperationException elsewhere(String statement) {
    return new UnsupportedOperationException(
        "Cannot run " + statement + " from Spark: the warehouse does it. Use 'millrace sql'.");
  }

  @Override
  public Table createTable(
      Identifier ident, Column[] columns, Transform[] partitions, Map<String, String> more) {
    throw elsewhere("CREATE TABLE");
  }

  @Override
  public Table alterTable(Identifier ident, TableChange... changes) {
    throw elsewhere("ALTER TABLE");
  }

  @Override
  public boolean dropTable(Identifier ident) {
    throw elsewhere("DROP TABLE");
  }

  @Override
  public void renameTable(Identifier from, Identifier to) {
    throw elsewhere("ALTER TABLE ... RENAME");
  }

  @Override
  public void createNamespace(String[] namespace, Map<String, String> metadata) {
    throw elsewhere("CREATE SCHEMA");
  }

  @Override
  public void alterNamespace(String[] namespace, NamespaceChange... changes) {
    throw elsewhere("ALTER SCHEMA");
  }

  @Override
  public boolean dropNamespace(String[] namespace, boolean cascade) {
    throw elsewhere("DROP SCHEMA");
  }
}
