/** The embedded Kafka broker, for a warehouse that lives in one process. */
package io.millrace.log.broker;
