/** The nouns that every other module speaks: names, schemas, rows, errors and settings. */
package io.millrace.model;
