/** Statement text becomes a {@link io.millrace.sql.Statement}; the queries inside stay text. */
package io.millrace.sql;
