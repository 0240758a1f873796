package io.millrace.source;

/**
 * Why the contract refuses a row.
 *
 * @param field the column, empty where the whole row is at fault
 * @param reason why, in words
 */
public record Unfit(String field, String reason) {}
