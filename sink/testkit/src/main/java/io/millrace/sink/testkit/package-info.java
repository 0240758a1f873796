/** The contract suite that every sink passes, and the little that it needs to run. */
package io.millrace.sink.testkit;
