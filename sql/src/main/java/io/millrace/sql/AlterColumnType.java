package io.millrace.sql;

import io.millrace.model.DataType;
import io.millrace.model.Name;

/** ALTER STREAM|TABLE name ALTER COLUMN column TYPE type. */
public record AlterColumnType(Name name, boolean table, String column, DataType type)
    implements Statement {}
