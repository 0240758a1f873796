/**
 * Bytes to fields and back: a decoder pushes the fields of a record into a {@link
 * io.millrace.model.RowWriter}, an encoder pulls them from a {@link io.millrace.model.RowReader};
 * one package per format.
 */
package io.millrace.format;
