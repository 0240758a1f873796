package io.millrace.flow.plan;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Relation;
import io.millrace.catalog.View;
import io.millrace.flow.topic.FlinkTypes;
import io.millrace.model.Column;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.catalog.CatalogBaseTable;
import org.apache.flink.table.catalog.CatalogDatabase;
import org.apache.flink.table.catalog.CatalogDatabaseImpl;
import org.apache.flink.table.catalog.CatalogTable;
import org.apache.flink.table.catalog.CatalogView;
import org.apache.flink.table.catalog.GenericInMemoryCatalog;
import org.apache.flink.table.catalog.ObjectPath;
import org.apache.flink.table.catalog.exceptions.DatabaseNotExistException;
import org.apache.flink.table.catalog.exceptions.TableNotExistException;

/**
 * One image of the warehouse as Flink sees it in one planning session: schemas are databases,
 * streams and tables are tables, names compare without case. Nothing is ever written to it. Not
 * thread-safe.
 */
final class WarehouseCatalog extends GenericInMemoryCatalog {
  static final String NAME = "millrace";

  private final CatalogImage image;
  private final Set<Name> found = new LinkedHashSet<>();
  private Function<String, Table> viewPlanner;
  private boolean hiding;
  private BiFunction<Name, Optional<Relation>, Optional<CatalogTable>> tables =
      (name, relation) -> relation.map(r -> table(r, Hidden.NOTHING));

  /** What of the hidden partition column a table shows. */
  enum Hidden {
    NOTHING,
    READS_PARTITION,
    WRITES_PARTITION
  }

  WarehouseCatalog(CatalogImage image) {
    super(NAME, Name.PUBLIC);
    this.image = image;
  }

  /** Plans a view's query in the same session; set once the session stands. */
  void planViewsBy(Function<String, Table> planner) {
    this.viewPlanner = planner;
  }

  /** Shows tables another way: an analysis has its probe, a stored plan the columns it knows. */
  void showTablesBy(BiFunction<Name, Optional<Relation>, Optional<CatalogTable>> view) {
    this.tables = view;
  }

  /** From now on inputs and target show the hidden partition column, and views select it. */
  void showHiddenPartition(Set<Name> inputs, Name target) {
    hiding = true;
    tables =
        (name, relation) ->
            relation.map(
                r ->
                    table(
                        r,
                        inputs.contains(name)
                            ? Hidden.READS_PARTITION
                            : name.equals(target) ? Hidden.WRITES_PARTITION : Hidden.NOTHING));
  }

  /** Every relation and view that was looked up so far, views' own inputs included. */
  Set<Name> found() {
    return Set.copyOf(found);
  }

  @Override
  public List<String> listDatabases() {
    return new ArrayList<>(image.schemas());
  }

  @Override
  public boolean databaseExists(String database) {
    return database.equalsIgnoreCase(Name.PUBLIC)
        || image.schemas().stream().anyMatch(database::equalsIgnoreCase);
  }

  @Override
  public CatalogDatabase getDatabase(String database) throws DatabaseNotExistException {
    if (!databaseExists(database)) {
      throw new DatabaseNotExistException(NAME, database);
    }
    return new CatalogDatabaseImpl(Map.of(), null);
  }

  @Override
  public List<String> listTables(String database) {
    List<String> names = new ArrayList<>(listViews(database));
    image.relations().stream()
        .map(Relation::name)
        .filter(n -> n.schema().equalsIgnoreCase(database))
        .forEach(n -> names.add(n.object()));
    return names;
  }

  @Override
  public List<String> listViews(String database) {
    return image.views().stream()
        .map(View::name)
        .filter(n -> n.schema().equalsIgnoreCase(database))
        .map(Name::object)
        .toList();
  }

  @Override
  public boolean tableExists(ObjectPath path) {
    Optional<Name> name = name(path);
    return name.isPresent()
        && (image.view(name.get()).isPresent()
            || tables.apply(name.get(), AsOf.find(image, name.get())).isPresent());
  }

  @Override
  public CatalogBaseTable getTable(ObjectPath path) throws TableNotExistException {
    Optional<Name> name = name(path);
    if (name.isEmpty()) {
      throw new TableNotExistException(NAME, path);
    }
    Optional<View> view = image.view(name.get());
    if (view.isPresent()) {
      found.add(view.get().name());
      return view(view.get());
    }
    Optional<Relation> relation = AsOf.find(image, name.get());
    relation.ifPresent(r -> found.add(AsOf.origin(r)));
    return tables
        .apply(name.get(), relation)
        .orElseThrow(() -> new TableNotExistException(NAME, path));
  }

  /** Flink asks for anything that stands where a table may; what cannot be a name is no table. */
  private static Optional<Name> name(ObjectPath path) {
    try {
      return Optional.of(new Name(path.getDatabaseName(), path.getObjectName()));
    } catch (MillraceException notAName) {
      return Optional.empty();
    }
  }

  private CatalogView view(View view) {
    String query =
        hiding ? HiddenPartition.selectIn(view.query()).orElse(view.query()) : view.query();
    Table planned = viewPlanner.apply(query);
    return CatalogView.of(
        Schema.newBuilder().fromResolvedSchema(planned.getResolvedSchema()).build(),
        view.comment().orElse(null),
        query,
        // Flink's own rendering names every table in full, whatever schema the view is in.
        planned.getQueryOperation().asSerializableString(),
        Map.of());
  }

  static CatalogTable table(Relation relation, Hidden hidden) {
    Schema.Builder schema = Schema.newBuilder();
    for (String name : relation.columnOrder()) {
      column(schema, relation, name);
    }
    switch (hidden) {
      case NOTHING -> {}
      case READS_PARTITION ->
          schema.columnByMetadata(
              HiddenPartition.COLUMN, "INT", HiddenPartition.METADATA_KEY, true);
      case WRITES_PARTITION ->
          schema.columnByMetadata(
              HiddenPartition.COLUMN, "INT", HiddenPartition.METADATA_KEY, false);
    }
    watermarkAndKey(schema, relation);
    return CatalogTable.newBuilder()
        .schema(schema.build())
        .comment(relation.comment().orElse(null))
        .options(Map.of())
        .build();
  }

  static void watermarkAndKey(Schema.Builder schema, Relation relation) {
    relation
        .watermark()
        .ifPresent(
            w -> {
              switch (relation.eventTime()) {
                case NONE -> {}
                case DECLARED -> schema.watermark(w.column(), w.expression());
                case MARKS -> schema.watermark(w.column(), marked(relation, w.column()));
              }
            });
    if (relation.schema().isKeyed()) {
      schema.primaryKey(relation.schema().primaryKey());
    }
  }

  /** Of a time that is no column of the contract readers learn by computing it as a watermark. */
  private static String marked(Relation relation, String column) {
    return relation.schema().indexOf(column) >= 0 ? "SOURCE_WATERMARK()" : Column.quote(column);
  }

  private static void column(Schema.Builder schema, Relation relation, String name) {
    int index = relation.schema().indexOf(name);
    if (index >= 0) {
      Column column = relation.schema().column(index);
      boolean key = relation.schema().primaryKey().stream().anyMatch(name::equalsIgnoreCase);
      schema.column(
          column.name(),
          FlinkTypes.toFlink(key ? column.type().withNullable(false) : column.type()));
      column.comment().ifPresent(schema::withComment);
      return;
    }
    for (Relation.ComputedColumn computed : relation.computed()) {
      if (computed.name().equalsIgnoreCase(name)) {
        schema.columnByExpression(computed.name(), computed.expression());
        computed.comment().ifPresent(schema::withComment);
        return;
      }
    }
    for (Relation.MetadataColumn metadata : relation.metadata()) {
      if (metadata.name().equalsIgnoreCase(name)) {
        schema.columnByMetadata(
            metadata.name(), FlinkTypes.toFlink(metadata.type()), metadata.key(), true);
        return;
      }
    }
    throw new IllegalStateException(relation.name() + " orders a column it has not: " + name);
  }
}
