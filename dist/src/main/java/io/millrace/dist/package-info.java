/** The parts lists: what one process or a cluster node is made of, and their mains. */
package io.millrace.dist;
