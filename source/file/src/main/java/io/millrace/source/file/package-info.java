/** A way in: folders of files, each row of them once, however files grow, move and are packed. */
package io.millrace.source.file;
