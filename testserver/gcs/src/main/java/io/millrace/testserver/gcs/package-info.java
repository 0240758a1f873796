/** The local server that stands in for Google Cloud Storage in tests. */
package io.millrace.testserver.gcs;
