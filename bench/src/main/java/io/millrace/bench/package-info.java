/** Benchmarks: each engine runs in a process of its own, and what it wrote is compared first. */
package io.millrace.bench;
