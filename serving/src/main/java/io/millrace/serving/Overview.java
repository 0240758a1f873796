package io.millrace.serving;

import io.millrace.sql.Dialects;
import java.util.List;

/**
 * {@code information_schema.tables} and {@code .columns} as pull queries see them: DuckDB's own,
 * without what is not a copy, and with what the catalog and the registry say. DuckDB lets nobody
 * change its schema, so they are views of another name. Thread-safe.
 */
final class Overview {
  private static final String OBJECTS = Dialects.OVERVIEW + ".objects";
  private static final String FIELDS = "kind, topic, owner, contract_version, contract_id";

  private final Database database;
  private List<Described> told = List.of();

  Overview(Database database) {
    this.database = database;
    database.write(
        transaction -> {
          transaction.execute("CREATE SCHEMA IF NOT EXISTS " + Dialects.OVERVIEW);
          transaction.execute(
              "CREATE OR REPLACE TABLE "
                  + OBJECTS
                  + "(object_schema VARCHAR, object_name VARCHAR, kind VARCHAR, topic VARCHAR,"
                  + " owner VARCHAR, contract_version INTEGER, contract_id INTEGER)");
          for (String view : List.of("tables", "columns")) {
            transaction.execute(
                "CREATE OR REPLACE VIEW "
                    + Dialects.OVERVIEW
                    + "."
                    + view
                    + " AS SELECT standard.*, "
                    + FIELDS
                    + " FROM system.information_schema."
                    + view
                    + " AS standard JOIN "
                    + OBJECTS
                    + " ON table_schema = object_schema AND table_name = object_name");
          }
          return null;
        });
  }

  /** From now on the views tell this, and of nothing else. */
  synchronized void tell(List<Described> objects) {
    if (objects.equals(told)) {
      return;
    }
    database.write(
        transaction -> {
          transaction.execute("DELETE FROM " + OBJECTS);
          for (Described object : objects) {
            transaction.update(
                "INSERT INTO " + OBJECTS + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                object.name().schema(),
                object.name().object(),
                object.kind(),
                object.topic(),
                object.owner(),
                object.contractVersion(),
                object.contractId());
          }
          return null;
        });
    told = List.copyOf(objects);
  }
}
