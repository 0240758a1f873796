package io.millrace.sink.files;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import io.millrace.sink.EpochId;
import io.millrace.sink.Staged;
import io.millrace.sink.WriterContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files as objects that wait as uploads, which no reader sees, until their commit completes them:
 *
 * <ul>
 *   <li>{@code [folder/]part-<sink>-<epoch>-<partition>-<offset>-<row>.parquet}: a file, named by
 *       its first row, so that what is written again is called as before, and no two files of one
 *       submission have one name;
 *   <li>{@code _staging/<sink>/_epoch-<epoch>}, empty: a submission that has begun to write. The
 *       highest one counts. Each is an object of its own, because creating one is atomic where
 *       rewriting one is not: whichever of two submissions comes last, the newer one wins;
 *   <li>{@code _manifests/<sink>/<epoch>-<checkpoint>-<subtask>.json}: what a commit holds.
 * </ul>
 *
 * <p>An upload of an older epoch may belong to the checkpoint that a new submission was restored
 * from, so opening a writer aborts none. But the new submission commits all of those before
 * anything of its own. Therefore the first commit of a newer epoch aborts all uploads of older
 * ones; a zombie's commit after that finds its upload gone and fails. A crash within an epoch
 * leaves uploads until then.
 */
final class ObjectStaging implements Staging {
  private static final Logger LOG = LoggerFactory.getLogger(ObjectStaging.class);

  private final ObjectStore store;
  private final String sink;
  private final Limits limits;
  private final String marks;
  private final Pattern file;
  private long sweptBelow;

  ObjectStaging(ObjectStore store, String sink, Limits limits) {
    this.store = store;
    this.sink = sink;
    this.limits = limits;
    this.marks = "_staging/" + sink + "/_epoch-";
    this.file =
        Pattern.compile(
            "(?:.*/)?part-" + Pattern.quote(sink) + "-(\\d{5,18})-\\d+-\\d+-\\d+\\.parquet");
  }

  @Override
  public void begin(WriterContext context) throws IOException {
    store.create(marks + context.epoch(), new byte[0]);
    check(context.epoch());
    for (String mark : store.list(marks)) {
      if (epoch(mark) < context.epoch()) {
        store.delete(mark);
      }
    }
  }

  @Override
  public void check(long epoch) throws IOException {
    long newest = epoch;
    for (String mark : store.list(marks)) {
      newest = Math.max(newest, epoch(mark));
    }
    if (newest > epoch) {
      throw new MillraceException(
              ErrorCode.SINK_FAILED,
              "Cannot write to "
                  + store.place()
                  + ": submission "
                  + newest
                  + " has taken over from "
                  + epoch)
          .hint(
              "If it was of a sink of the same name that is gone, remove _staging/"
                  + sink
                  + " there or write to another prefix.");
    }
  }

  /** Of a mark; what others put beside the marks is none. */
  private long epoch(String mark) {
    String digits = mark.substring(marks.length());
    return digits.matches("\\d{1,18}") ? Long.parseLong(digits) : -1;
  }

  @Override
  public FileOutput open(WriterContext context, String folder, RowPosition first) {
    String name =
        String.format(
            "part-%s-%05d-%03d-%012d-%d.parquet",
            sink, context.epoch(), first.partition(), first.offset(), first.row());
    return new ObjectFile(store, folder.isEmpty() ? name : folder + "/" + name, limits);
  }

  @Override
  public List<Staged> stage(
      WriterContext context, EpochId epoch, List<WholeFile> files, Positions next) {
    List<Staged> staged = new ArrayList<>();
    for (WholeFile file : files) {
      ObjectFile object = (ObjectFile) file.output();
      staged.add(new StagedFile(epoch.epoch(), object.token(), object.key(), file.rows()).encode());
    }
    staged.add(Manifest.of(sink, context, epoch, files, next).encode());
    return staged;
  }

  @Override
  public void commit(Staged staged) throws IOException {
    if (Manifest.isOne(staged)) {
      Manifest manifest = Manifest.decode(staged);
      store.create(manifest.key(), manifest.json());
      return;
    }
    StagedFile file = StagedFile.decode(staged);
    String target = store.place() + "/" + file.to();
    switch (store.complete(file.to(), file.from())) {
      case THERE -> sweep(file.epoch());
      case TAKEN ->
          throw new MillraceException(
                  ErrorCode.SINK_FAILED,
                  "Cannot commit " + target + ": another object of that name is there")
              .hint(
                  "A sink of the same name has written to this prefix before; move its objects"
                      + " away.");
      case GONE ->
          throw new MillraceException(
                  ErrorCode.SINK_FAILED,
                  "Cannot commit " + target + ": its " + file.rows() + " rows are no longer staged")
              .hint(
                  "Either its upload was aborted, by hand or by a rule of the bucket, or a newer"
                      + " submission took over, or the object was committed and moved away since."
                      + " DROP the sink and create it anew to write all rows again.");
    }
  }

  /** Aborts what waits from epochs before this one. */
  private void sweep(long epoch) throws IOException {
    if (epoch <= sweptBelow) {
      return;
    }
    for (ObjectStore.Pending upload : store.pending("")) {
      Matcher name = file.matcher(upload.key());
      if (name.matches() && Long.parseLong(name.group(1)) < epoch) {
        store.abort(upload);
        LOG.info(
            "Aborted the upload of {}: it was staged for a checkpoint that never completed",
            upload.key());
      }
    }
    sweptBelow = epoch;
  }

  @Override
  public void close() {
    store.close();
  }
}
