package io.millrace.sink.files;

import java.io.IOException;
import java.io.OutputStream;

/** Takes the bytes of one file that nobody sees yet. Closing it makes the file whole. */
abstract class FileOutput extends OutputStream {
  /** Bytes that it holds in memory. */
  abstract long held();

  /** Gives the file up, whether it is closed or not; safe to repeat. */
  abstract void abandon() throws IOException;
}
