package io.millrace.sql;

/**
 * Everything a person may say to Millrace. A closed family: one record per kind of statement, each
 * in a file of its own. All are immutable values.
 */
public sealed interface Statement
    permits CreateSchema,
        CreateRelation,
        CreateQuery,
        CreateView,
        CreateSink,
        CreateSource,
        InsertValues,
        InsertQuery,
        Update,
        Delete,
        AlterAddColumn,
        AlterColumnType,
        AlterSet,
        Select,
        PushSelect,
        Preview,
        Print,
        Show,
        ShowCreate,
        ShowContract,
        Describe,
        Explain,
        PauseResume,
        Drop,
        ReplayDeadLetters,
        Rollback {}
