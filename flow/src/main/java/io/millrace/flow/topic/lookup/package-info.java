/** Tables kept whole in memory, for enrichment by equality. */
package io.millrace.flow.topic.lookup;
