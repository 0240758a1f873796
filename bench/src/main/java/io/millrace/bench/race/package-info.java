/** A race: engines in processes of their own do the same work on one broker, turn by turn. */
package io.millrace.bench.race;
