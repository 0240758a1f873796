/** Sinks as Flink jobs: from a topic's bytes straight into the columns of the sink. */
package io.millrace.flow.delivery;
