/** What every codec is tried with: random schemas and rows, hostile bytes, a strict target. */
package io.millrace.format.testkit;
