/** Records kept whole, as one STRING or BYTES column. */
package io.millrace.format.raw;
