/** A server that speaks MongoDB's protocol. */
package io.millrace.testserver.mongodb;
