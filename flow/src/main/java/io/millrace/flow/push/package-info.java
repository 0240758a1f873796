/** Ad hoc queries: their changes as they happen, or a bounded INSERT. */
package io.millrace.flow.push;
