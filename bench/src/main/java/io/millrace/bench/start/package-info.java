/** How long a server takes to start, and what it holds in memory while its queries are idle. */
package io.millrace.bench.start;
