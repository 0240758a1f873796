/**
 * The embedded registry: Confluent's REST API as a function from request to response, with its
 * state in the topic {@code _schemas} in Confluent's own record format.
 */
package io.millrace.registry.server;
