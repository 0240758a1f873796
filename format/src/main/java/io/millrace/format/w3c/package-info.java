/** W3C extended log lines, as web servers write them. */
package io.millrace.format.w3c;
