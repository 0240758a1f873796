/** A real OpenSearch of one node. */
package io.millrace.testserver.search;
