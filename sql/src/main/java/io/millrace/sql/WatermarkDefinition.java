package io.millrace.sql;

import java.io.Serializable;

/** WATERMARK FOR column AS expression; the expression is Flink SQL, word for word. */
public record WatermarkDefinition(String column, String expression) implements Serializable {}
