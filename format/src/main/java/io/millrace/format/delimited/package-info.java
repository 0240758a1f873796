/** Fields between delimiters: CSV, tab-separated and their kin. */
package io.millrace.format.delimited;
