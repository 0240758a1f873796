/** What the text formats share: values from and to UTF-8 bytes, and files read piece by piece. */
package io.millrace.format.text;
