/**
 * Between topics: continuous queries, ad hoc queries and deliveries as jobs on Flink. {@link
 * io.millrace.flow.Flow} is the door; the packages below hold one part of the work each.
 */
package io.millrace.flow;
