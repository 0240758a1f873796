/** The local server that stands in for Amazon S3 in tests. */
package io.millrace.testserver.s3;
