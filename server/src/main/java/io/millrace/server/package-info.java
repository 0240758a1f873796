/** The HTTP door: statements, rows in, health. */
package io.millrace.server;
