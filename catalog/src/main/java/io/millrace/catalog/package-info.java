/** What exists: an immutable image, folded from the deltas in the catalog's topic. */
package io.millrace.catalog;
