/**
 * A local server that stands in for Snowflake: the official JDBC driver speaks to it, and the rules
 * that exactness rests on are Snowflake's, as its documentation has them.
 */
package io.millrace.testserver.snowflake;
