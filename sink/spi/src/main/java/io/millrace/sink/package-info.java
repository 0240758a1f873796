/** What a sink is: the contract between deliveries and the places that they carry rows to. */
package io.millrace.sink;
