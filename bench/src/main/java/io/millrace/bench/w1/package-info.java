/** W1: raw log lines become 17 typed columns under an Avro contract, exactly once. */
package io.millrace.bench.w1;
