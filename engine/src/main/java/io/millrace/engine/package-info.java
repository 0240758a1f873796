/**
 * The conductor: takes one statement, hands it to the handler of its kind, and keeps log, registry,
 * catalog, flow and serving in step.
 */
package io.millrace.engine;
