/** {@code INTO search}: OpenSearch and Elasticsearch, by their bulk API. */
package io.millrace.sink.search;
