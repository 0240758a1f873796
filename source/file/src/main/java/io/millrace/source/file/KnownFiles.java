package io.millrace.source.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.zip.GZIPInputStream;

/**
 * The files that something is known of, and how they are known again. A file is its content: what
 * was read of it, however it is called now and wherever it lies. What the file system knows it by
 * tells two files of one content apart.
 *
 * <ul>
 *   <li>A file with a known key and the content that was read of that one is the same, under
 *       whatever name: it was renamed, or has grown.
 *   <li>Else, where it has the content of one that is gone since, it is that one: it was copied
 *       before the other was truncated, packed, or moved to another file system.
 *   <li>Where it has the content of one that is there still, it may be about to be such a copy:
 *       both are waited for until it stands still. Packed, under the other's name, it is taken for
 *       it.
 *   <li>Else it is new. So is one whose beginning is another: truncated, rewritten, or a new file
 *       with an old key.
 * </ul>
 *
 * Not thread-safe.
 */
final class KnownFiles {
  /** After so long a file that only grows as another does is no copy in the making. */
  private static final Duration LONGEST_COPY = Duration.ofMinutes(2);

  private final Duration idle;
  private final Duration forget;
  private final boolean one;
  private final IntSupplier numbers;
  private final Stillness stillness;
  private final Map<Integer, KnownFile> files = new HashMap<>();

  /**
   * @param notes what is kept of an earlier run
   * @param one whether a file is one row, so that it is another once it has grown
   * @param numbers gives a new number for each new file
   */
  KnownFiles(
      Map<Integer, byte[]> notes,
      FileOptions options,
      boolean one,
      Stillness stillness,
      IntSupplier numbers) {
    this.idle = options.idle();
    this.forget = options.forget();
    this.one = one;
    this.stillness = stillness;
    this.numbers = numbers;
    notes.forEach((number, note) -> files.put(number, new KnownFile(number, FileNote.of(note))));
  }

  /** Something that may fail for a file. */
  interface FileFailure {
    void failed(FoundFile file, IOException e);
  }

  /**
   * Tells which known file each of these is; those that are waited for are left out. The stillness
   * has been looked at before.
   */
  List<KnownFile> recognize(List<FoundFile> found, Instant now, FileFailure failures) {
    Map<String, List<KnownFile>> byKey = new HashMap<>();
    for (KnownFile file : files.values()) {
      file.lose();
      byKey.computeIfAbsent(file.note().key(), key -> new ArrayList<>()).add(file);
    }
    Map<FoundFile, KnownFile> recognized = new HashMap<>();
    List<FoundFile> unknown = new ArrayList<>();
    for (FoundFile file : found) {
      List<KnownFile> ofKey = byKey.getOrDefault(file.key(), List.of());
      try {
        Optional<KnownFile> known = find(file, ofKey);
        known.ifPresentOrElse(same -> recognized.put(file, same), () -> unknown.add(file));
      } catch (IOException e) {
        ofKey.forEach(known -> known.see(file));
        failures.failed(file, e);
      }
    }
    noteWhatIsGone(now);
    List<Fresh> fresh = new ArrayList<>();
    for (FoundFile file : unknown) {
      try {
        settle(file, fresh).ifPresent(known -> recognized.put(file, known));
      } catch (IOException e) {
        failures.failed(file, e);
      }
    }
    Set<FoundFile> copied = new HashSet<>();
    for (Fresh one : fresh) {
      try {
        List<FoundFile> originals = originals(one, fresh);
        copied.addAll(originals);
        if (originals.isEmpty()) {
          recognized.put(one.file(), add(FileNote.of(one.file()), one.file()));
        }
      } catch (IOException e) {
        failures.failed(one.file(), e);
      }
    }
    // While a copy of it may be in the making it is not read on, so that the copy will have all
    // that was read.
    return found.stream()
        .filter(file -> recognized.containsKey(file) && !copied.contains(file))
        .map(recognized::get)
        .toList();
  }

  /** A file that is none that is known, and its first bytes. */
  private record Fresh(FoundFile file, Beginning beginning) {}

  /** The one of the files that had its key, of which it has the content. */
  private Optional<KnownFile> find(FoundFile file, List<KnownFile> ofKey) throws IOException {
    Optional<KnownFile> same = ofKey.stream().filter(known -> known.isAsCompared(file)).findFirst();
    if (same.isEmpty() && !ofKey.isEmpty()) {
      try (FileChannel channel = open(file)) {
        same = longest(ofKey, known -> mayBe(known, file) && isOf(known.note(), file, channel));
      }
    }
    same.ifPresent(known -> take(known, file));
    return same;
  }

  /** Opens it to be read. */
  static FileChannel open(FoundFile file) throws IOException {
    return FileChannel.open(file.path(), StandardOpenOption.READ);
  }

  private interface Test {
    boolean passes(KnownFile known) throws IOException;
  }

  /** Of those that pass, the one of which most was read. */
  private static Optional<KnownFile> longest(Collection<KnownFile> files, Test test)
      throws IOException {
    List<KnownFile> sorted =
        files.stream()
            .sorted(
                Comparator.comparingLong((KnownFile known) -> known.note().measure().length())
                    .reversed())
            .toList();
    for (KnownFile known : sorted) {
      if (test.passes(known)) {
        return Optional.of(known);
      }
    }
    return Optional.empty();
  }

  private boolean isOf(FileNote note, FoundFile file, FileChannel channel) throws IOException {
    boolean mayGrow = !(one || note.packed() && note.done());
    return note.packed() == file.isPacked()
        && (mayGrow || note.measure().length() == channel.size())
        && note.measure().isOf(channel);
  }

  /**
   * A file that appears long after another of its beginning has gone, under another name, is a file
   * of its own.
   */
  private boolean mayBe(KnownFile known, FoundFile file) {
    FileNote note = known.note();
    return note.gone() == 0
        || note.name().equals(file.name())
        || !file.modified().isAfter(Instant.ofEpochMilli(note.gone()).plus(idle));
  }

  private static void take(KnownFile known, FoundFile file) {
    known.find(file);
    FileNote note = known.note();
    boolean moved = !note.key().equals(file.key()) || !note.name().equals(file.name());
    if (moved || note.gone() != 0) {
      known.move(note.in(file));
    }
  }

  private void noteWhatIsGone(Instant now) {
    files.values().removeIf(known -> known.isLost() && known.note().measure().length() == 0);
    for (KnownFile known : files.values()) {
      if (known.isLost() && known.note().gone() == 0) {
        known.note(known.note().withGone(now.toEpochMilli()));
      }
    }
  }

  /**
   * What a file with no content that its key would tell is; empty where that cannot be said yet.
   */
  private Optional<KnownFile> settle(FoundFile file, List<Fresh> fresh) throws IOException {
    if (file.isPacked() && !stillness.isStill(file)) {
      return Optional.empty();
    }
    try (FileChannel channel = open(file)) {
      Optional<KnownFile> moved =
          longest(lost(), known -> mayBe(known, file) && isOf(known.note(), file, channel));
      if (moved.isPresent()) {
        take(moved.get(), file);
        return moved;
      }
      if (file.isPacked()) {
        return unpack(file, channel);
      }
      fresh.add(new Fresh(file, new Beginning(Measure.read(channel, 0, Measure.REACH))));
      return Optional.empty();
    }
  }

  private List<KnownFile> lost() {
    return files.values().stream()
        .filter(known -> known.isLost() && known.note().measure().length() > 0)
        .toList();
  }

  /** The files that a fresh one looks like a copy of, for as long as it may become one. */
  private List<FoundFile> originals(Fresh copy, List<Fresh> fresh) throws IOException {
    FoundFile file = copy.file();
    if (file.size() == 0 || stillness.isStill(file) || !stillness.isNewerThan(file, LONGEST_COPY)) {
      return List.of();
    }
    List<FoundFile> others = new ArrayList<>();
    for (KnownFile known : files.values()) {
      if (!known.isLost()
          && !known.note().packed()
          && known.note().measure().isBegunBy(copy.beginning())) {
        others.add(known.found());
      }
    }
    boolean before = true;
    for (Fresh other : fresh) {
      before &= other != copy;
      boolean mayBe = before || other.file().size() > file.size();
      if (other != copy && mayBe && copy.beginning().begins(other.beginning())) {
        others.add(other.file());
      }
    }
    List<FoundFile> originals = new ArrayList<>();
    for (FoundFile other : others) {
      if (!other.equals(file) && isSoFar(copy, other)) {
        originals.add(other);
      }
    }
    return originals;
  }

  /** Whether a file is nothing but the beginning of another, as far as its ends tell. */
  private static boolean isSoFar(Fresh copy, FoundFile other) throws IOException {
    try (FileChannel part = open(copy.file());
        FileChannel whole = open(other)) {
      long size = part.size();
      long tail = Math.max(0, size - Measure.REACH);
      return size <= whole.size()
          && copy.beginning().begins(Measure.read(whole, 0, Measure.REACH))
          && Arrays.equals(
              Measure.read(part, tail, (int) (size - tail)),
              Measure.read(whole, tail, (int) (size - tail)));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** A packed file stands for the one that was packed, or for itself. */
  private Optional<KnownFile> unpack(FoundFile file, FileChannel channel) throws IOException {
    Optional<KnownFile> plain =
        longest(
            files.values(),
            known ->
                !known.note().packed()
                    && known.note().measure().length() > 0
                    && (known.isLost() ? mayBe(known, file) : isBeside(known, file))
                    && isPacked(known.note().measure(), channel));
    if (plain.isEmpty()) {
      return Optional.of(add(FileNote.of(file), file));
    }
    KnownFile known = plain.get();
    if (!known.isLost() && !known.isReadToItsEnd()) {
      return Optional.empty();
    }
    FileNote note = known.note().packedIn(file, Measure.of(channel, channel.size()));
    if (!known.isLost()) {
      known = add(note, file);
    }
    known.find(file);
    known.note(note);
    return Optional.of(known);
  }

  /** Of two that are there, the name tells which one was packed. */
  private static boolean isBeside(KnownFile plain, FoundFile packed) {
    return packed.name().equals(plain.note().name() + FoundFile.PACKED);
  }

  private static boolean isPacked(Measure content, FileChannel channel) throws IOException {
    GZIPInputStream in = new GZIPInputStream(new ChannelStream(channel, channel.size()));
    return content.isOf(in);
  }

  private KnownFile add(FileNote note, FoundFile file) {
    KnownFile known = new KnownFile(numbers.getAsInt(), note);
    known.find(file);
    files.put(known.number(), known);
    return known;
  }

  /** Whether there is more to keep than is kept. */
  boolean isChanged() {
    return files.values().stream().anyMatch(KnownFile::isChanged);
  }

  /** Those of which there is more to keep than is kept; asked once. */
  List<KnownFile> takeChanged() {
    return files.values().stream().filter(KnownFile::takeChange).toList();
  }

  /** Gives up those that have been gone for long, and answers their numbers. */
  List<Integer> forgetOld(Instant now) {
    List<Integer> old =
        files.values().stream()
            .filter(
                known ->
                    known.note().gone() != 0
                        && Instant.ofEpochMilli(known.note().gone()).plus(forget).isBefore(now))
            .map(KnownFile::number)
            .toList();
    old.forEach(files::remove);
    return old;
  }
}
