/**
 * Rows of a table that nobody has set for too long: a job reads the table's own topic and writes
 * the deletes into it.
 */
package io.millrace.flow.expire;
