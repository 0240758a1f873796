/** From query text to compiled plans: the warehouse as a Flink catalog, and Flink's planner. */
package io.millrace.flow.plan;
