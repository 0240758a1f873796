/**
 * Tables with history: one job takes the changes of each key and keeps both its current row and all
 * its versions (slowly changing dimensions of types 1 and 2).
 */
package io.millrace.flow.history;
