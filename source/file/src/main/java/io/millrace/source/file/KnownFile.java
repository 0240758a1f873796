package io.millrace.source.file;

/** A file of which something is known. Not thread-safe. */
final class KnownFile {
  private final int number;
  private FileNote note;

  /** Where it was found when the folder was looked at; null where it was not. */
  private FoundFile found;

  /** As it was found when its content was compared last; null where it never was. */
  private FoundFile compared;

  /** As it was found when it was read last. */
  private FoundFile read;

  private boolean readToItsEnd;
  private boolean changed;

  /** What is kept of an earlier run. */
  KnownFile(int number, FileNote note) {
    this.number = number;
    this.note = note;
  }

  /** The number that its note has. */
  int number() {
    return number;
  }

  FileNote note() {
    return note;
  }

  FoundFile found() {
    return found;
  }

  void lose() {
    found = null;
  }

  boolean isLost() {
    return found == null;
  }

  /** Its file is there, whatever is in it. */
  void see(FoundFile file) {
    found = file;
  }

  /** It is this one, as was found by its content. */
  void find(FoundFile file) {
    found = file;
    compared = file;
  }

  /** Whether this file was found to be it before and has not changed since. */
  boolean isAsCompared(FoundFile file) {
    return file.equals(compared);
  }

  /** It is the same content in that file, of which nothing needs to be kept unless it was read. */
  void move(FileNote newNote) {
    note = newNote;
    changed |= newNote.measure().length() > 0;
  }

  /** The note is another from now on, and is to be kept. */
  void note(FileNote newNote) {
    note = newNote;
    changed = true;
  }

  /** Whether there is more to keep of it than is kept. */
  boolean isChanged() {
    return changed;
  }

  /** The same; asked once. */
  boolean takeChange() {
    boolean was = changed;
    changed = false;
    return was;
  }

  /**
   * Whether it was read as it is.
   *
   * @param last and is known to stand still
   */
  boolean isRead(boolean last) {
    return found.equals(read) && (readToItsEnd || !last);
  }

  /**
   * It was read as it was found.
   *
   * @param toItsEnd whether there is nothing left of it that is to be read once it stands still
   */
  void setRead(boolean toItsEnd) {
    read = found;
    readToItsEnd = toItsEnd;
  }

  boolean isReadToItsEnd() {
    return found.equals(read) && readToItsEnd;
  }
}
