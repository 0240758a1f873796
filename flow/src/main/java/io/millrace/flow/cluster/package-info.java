/** The Flink cluster that jobs run on, inside this process or elsewhere, behind one REST client. */
package io.millrace.flow.cluster;
