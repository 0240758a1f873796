/** JSON objects, one per row. */
package io.millrace.format.json;
