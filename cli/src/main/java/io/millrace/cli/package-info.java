/** The SQL shell and the client commands; they talk HTTP to a server and nothing else. */
package io.millrace.cli;
