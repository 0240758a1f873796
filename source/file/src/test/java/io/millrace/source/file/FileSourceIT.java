package io.millrace.source.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.file.SeekableByteArrayInput;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecordBuilder;
import org.junit.jupiter.api.Test;

/** What becomes of rows while files grow, move, are packed, truncated, rewritten. */
class FileSourceIT extends FileTrial {
  @Test
  void wholeLinesAreTakenAndTheLastOneOnceItStandsStill() throws Exception {
    target =
        relation(
            Name.of(name.object() + "_text"), RowSchema.of(new Column("line", DataType.STRING)));
    append("a.log", "one\r\ntw");
    start("format", "raw", "idle", "1 hour");
    assertThat(seen(1)).containsExactly(List.of("one"));
    append("a.log", "o\nthree");
    assertThat(seen(2)).containsExactlyInAnyOrder(List.of("one"), List.of("two"));
    stop();
    start("format", "raw", "idle", "1 second");
    assertThat(rows(3)).contains(List.of("three"));
    append("a.log", "\n\nfour\n");
    assertThat(rows(5))
        .as("the line feed ends the line that was taken")
        .contains(List.of(""), List.of("four"));
  }

  @Test
  void directivesAndHeadersHoldWhereReadingGoesOn() throws Exception {
    append("a.log", "#Fields: id name\n1 a\n#Fields: name x id\nb - 2\n");
    start("format", "w3c");
    rows(2);
    stop();
    append("a.log", "c - 3\n");
    start("format", "w3c");
    assertThat(rows(3))
        .containsExactlyInAnyOrder(List.of(1, "a"), List.of(2, "b"), List.of(3, "c"));
    stop();

    name = Name.of(name.object() + "_csv");
    target = relation(name, LINES);
    append("b.csv", "name,id\na,1\n\"b\n");
    start("format", "delimited", "header", "on", "files", "*.csv", "idle", "1 hour");
    seen(1);
    stop();
    append("b.csv", "b\",2\n");
    start("format", "delimited", "header", "on", "files", "*.csv", "idle", "1 hour");
    assertThat(rows(2)).containsExactlyInAnyOrder(List.of(1, "a"), List.of(2, "b\nb"));
  }

  @Test
  void aFileIsTheSameUnderAnotherNameAndOnceItIsPacked() throws Exception {
    append("web.log", json(0, 100));
    start("files", "web.log*");
    assertIds(0, 100);
    append("web.log", json(100, 110));
    Files.move(file("web.log"), file("web.log.1"));
    append("web.log.1", json(110, 120));
    append("web.log", json(120, 130));
    assertIds(0, 130);
    append("web.log.1", json(130, 140)); // of a writer that has it open still
    assertIds(0, 140);
    stop();
    append("web.log.1", json(140, 150));
    pack("web.log.1");
    Files.delete(file("web.log.1"));
    Files.move(file("web.log"), file("web.log.1"));
    append("web.log", json(150, 160));
    start("files", "web.log*");
    assertIds(0, 160);
    Files.move(file("web.log.1.gz"), file("web.log.2.gz"));
    pack("web.log.1");
    awaitPass();
    Files.delete(file("web.log.1"));
    append("web.log", json(160, 170));
    assertIds(0, 170);
    stop();
    start("files", "web.log*");
    assertIds(0, 170);
  }

  @Test
  void aCopyBeforeATruncationIsNotReadAgain() throws Exception {
    append("app.log", json(0, 200));
    start("idle", "2 seconds");
    assertIds(0, 200);
    append("app.log", json(200, 210));
    Files.copy(file("app.log"), file("app.log.1"));
    await().during(Duration.ofMillis(500)).until(() -> read(target).size() <= 210);
    truncate("app.log");
    append("app.log", json(210, 220));
    assertIds(0, 220);
    // While the source is away, and longer than it was.
    stop();
    append("app.log", json(220, 230));
    Files.copy(file("app.log"), file("app.log.2"));
    truncate("app.log");
    append("app.log", json(230, 900));
    start("idle", "2 seconds");
    assertIds(0, 900);
  }

  @Test
  void aCopyThatIsSeenBeforeItsOriginalWasReadIsReadOnceWithIt() throws Exception {
    append("app.log", json(0, 20));
    Files.copy(file("app.log"), file("app.log.1"));
    start("idle", "3 seconds");
    seen(0);
    truncate("app.log");
    append("app.log", json(20, 25));
    assertIds(0, 25);
    Files.copy(file("app.log"), file("app.log.2"));
    append("app.log", json(25, 30));
    seen(25); // else more would be read of it than the copy has
    truncate("app.log");
    append("app.log", json(30, 50));
    assertThat(ids(45)).doesNotContain(25, 29).doesNotHaveDuplicates();
  }

  @Test
  void aCopyOfItsOwnIsReadOnceItStandsStill() throws Exception {
    append("a.json", json(0, 100));
    start();
    assertIds(0, 100);
    Files.copy(file("a.json"), file("b.json"));
    assertThat(new TreeSet<>(ids(200))).hasSize(100);
    append("a.json", json(100, 101));
    append("b.json", json(101, 102));
    assertThat(new TreeSet<>(ids(202))).hasSize(102);
  }

  @Test
  void aFileThatWasRewrittenIsReadFromItsBeginning() throws Exception {
    String header = "id,name," + "x".repeat(2000) + "\n";
    Files.writeString(file("a.csv"), header + "1,a,\n2,b,\n");
    start("format", "delimited", "header", "on");
    rows(2);
    Files.writeString(file("a.csv"), header + "3,c,\n4,d,\n5,e,\n6,f,\n");
    rows(6);
    Files.writeString(file("a.csv"), header + "7,g,\n");
    assertIds(1, 8);
    Files.delete(file("a.csv"));
    awaitPass();
    Files.writeString(file("b.csv"), header + "8,h,\n");
    assertIds(1, 9);
    assertThat(letters()).isEmpty();
  }

  @Test
  void packedFilesAreReadOnceTheyStandStill() throws Exception {
    byte[] whole = packed(json(0, 5000).getBytes());
    Files.write(file("a.json.gz"), Arrays.copyOf(whole, whole.length / 2));
    append("b.json", json(5000, 5010));
    start("idle", "3 seconds");
    seen(10);
    Files.write(file("a.json.gz"), whole);
    assertIds(0, 5010);
    Files.copy(file("a.json.gz"), file("c.json.gz"));
    assertThat(new TreeSet<>(ids(10_010))).as("two packed files are two").hasSize(5010);
  }

  @Test
  void aPackedFileThatEndsEarlyIsToldAndReadOnOnceItIsWhole() throws Exception {
    byte[] whole = packed(json(0, 20_000).getBytes());
    Files.write(file("a.json.gz"), Arrays.copyOf(whole, whole.length / 2));
    append("b.json", json(20_000, 20_010));
    start();
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(status().lastError().orElse("")).contains("Cannot read a.json.gz: "));
    Files.write(file("a.json.gz"), whole);
    assertIds(0, 20_010);
    await().atMost(SOON).until(() -> status().lastError().isEmpty());
    assertThat(status().restarts()).isZero();
  }

  @Test
  void filesThatAreReadWholeAreReadOnceAndOnWhereTheyGrow() throws Exception {
    String array = json(0, 25_000).replace("}\n{", "},\n{");
    Files.writeString(file("a.json"), "[" + array + "]");
    start();
    await().atMost(SOON).until(() -> !read(target).isEmpty());
    stop();
    int half = read(target).size();
    start();
    assertIds(0, 25_000);
    assertThat(half).as("rows when it was stopped").isPositive();
    stop();

    name = Name.of(name.object() + "_avro");
    target = relation(name, LINES);
    Files.write(file("a.avro"), avro(null, 0, 1000));
    start("format", "avro", "files", "*.avro");
    assertIds(0, 1000);
    Files.write(file("a.avro"), avro(Files.readAllBytes(file("a.avro")), 1000, 1500));
    assertIds(0, 1500);
  }

  private static byte[] avro(byte[] before, int from, int to) throws IOException {
    Schema schema =
        new Schema.Parser()
            .parse(
                "{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"id\",\"type\":\"int\"},"
                    + "{\"name\":\"name\",\"type\":\"string\"}]}");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DataFileWriter<Object> writer = new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
      if (before == null) {
        writer.create(schema, out);
      } else {
        out.write(before);
        writer.appendTo(new SeekableByteArrayInput(before), out);
      }
      for (int id = from; id < to; id++) {
        writer.append(new GenericRecordBuilder(schema).set("id", id).set("name", "n").build());
      }
    }
    return out.toByteArray();
  }

  @Test
  void aLargeFileIsSeveralTransactionsAndNoRowTwiceWhereverItIsStopped() throws Exception {
    append("a.json", json(0, 150_000));
    int before = -1;
    Set<Integer> stops = new TreeSet<>();
    while (before < 150_000) {
      int was = before;
      start();
      await().atMost(SOON).until(() -> read(target).size() > was);
      stop();
      before = read(target).size();
      stops.add(before);
    }
    assertThat(stops).as("where it was stopped").hasSizeGreaterThan(1);
    start();
    assertIds(0, 150_000);
  }

  @Test
  void whatCannotBeReadIsALetterAndTheNextRowIsRead() throws Exception {
    append("a.json", json(0, 2) + "{\"id\":\"many\"}\nbroken\n" + json(2, 4));
    Files.writeString(file("b.json"), "[" + json(4).strip() + ",{\"id\":\"few\"}," + json(5) + "]");
    start();
    assertIds(0, 6);
    assertThat(letters())
        .extracting(letter -> letter.get(0), letter -> letter.get(2), letter -> letter.get(5))
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("a.json", "DECODE_FAILED", "{\"id\":\"many\"}"),
            org.assertj.core.groups.Tuple.tuple("a.json", "DECODE_FAILED", "broken"),
            org.assertj.core.groups.Tuple.tuple("b.json", "DECODE_FAILED", "{\"id\":\"few\"}"));
    assertThat(letters().get(0).get(3).toString())
        .startsWith("Cannot read column id as INT: ")
        .endsWith(" in line 3 of a.json");
    assertThat(letters().get(0).get(4)).isEqualTo("id");
    stop();
    start();
    append("a.json", json(6));
    assertIds(0, 7);
    assertThat(letters()).hasSize(3);
  }

  @Test
  void aFileThatIsNoneOfItsFormatIsALetterAndLetAlone() throws Exception {
    append("a.csv", "what,ever\n1,2\n");
    append("b.csv", "id,name\n1,a\n");
    start("format", "delimited", "header", "on");
    rows(1);
    assertThat(letters())
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.get(0)).isEqualTo("a.csv");
              assertThat(letter.get(3).toString())
                  .isEqualTo("Cannot read the header: it names no column in a.csv");
            });
    Files.writeString(file("a.csv"), "id,name\n2,b\n");
    assertIds(1, 3);
    assertThat(status().restarts()).isZero();
  }

  @Test
  void filesAreChosenByNameAndReadInTheOrderOfTheirTimes() throws Exception {
    append("a.log", json(3));
    append("b.log", json(1));
    append("c.log", json(2));
    Files.setLastModifiedTime(file("b.log"), java.nio.file.attribute.FileTime.from(Instant.EPOCH));
    Files.setLastModifiedTime(file("c.log"), java.nio.file.attribute.FileTime.from(Instant.EPOCH));
    append("d.txt", json(101));
    append(".e.log", json(102));
    append("f.log.tmp", json(103));
    append("g.log.part", json(104));
    append("sub/h.log", json(105));
    start("files", "*.log*");
    assertThat(ids(3)).containsExactly(1, 2, 3);
    stop();
    append(".git/i.log", json(106));
    Files.createSymbolicLink(file("j.log"), file("a.log"));
    Files.createLink(file("k.log"), file("b.log"));
    start("files", "*.log*", "recursive", "on");
    assertThat(ids(4)).contains(105);
    Files.move(file("f.log.tmp"), file("f.log"), StandardCopyOption.ATOMIC_MOVE);
    assertThat(ids(5)).contains(103);
  }

  @Test
  void aFolderThatIsAwayIsToldAndReadOnceItIsBack() throws Exception {
    append("in/a.json", json(0, 10));
    start("path", file("in").toString());
    assertIds(0, 10);
    Path away = file("away");
    Files.move(file("in"), away);
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(status().lastError().orElse(""))
                    .endsWith("Cannot read folder " + file("in") + ": it is not there"));
    Files.move(away, file("in"));
    append("in/a.json", json(10, 20));
    assertIds(0, 20);
    assertThat(status().lastError()).isEmpty();
    assertThat(status().restarts()).isZero();
  }

  @Test
  void rowsOfATableReplaceEachOther() throws Exception {
    target =
        relation(
            Name.of(name.object() + "_table"),
            new RowSchema(
                List.of(
                    new Column("id", DataType.INT.withNullable(false)),
                    new Column("name", DataType.STRING)),
                List.of("id")));
    append("a.json", "{\"id\":1,\"name\":\"a\"}\n{\"name\":\"none\"}\n{\"id\":1,\"name\":\"b\"}\n");
    start();
    assertThat(rows(2)).containsExactly(List.of(1, "a"), List.of(1, "b"));
    assertThat(letters()).singleElement().satisfies(l -> assertThat(l.get(4)).isEqualTo("id"));
  }

  @Test
  void whatIsGoneForLongIsForgotten() throws Exception {
    for (int i = 0; i < 5; i++) {
      append(i + ".json", json(i));
    }
    start("forget", "1 second");
    assertIds(0, 5);
    for (int i = 0; i < 4; i++) {
      Files.delete(file(i + ".json"));
    }
    await().pollInterval(Duration.ofSeconds(2)).atMost(SOON).until(() -> kept() == 1);
  }
}
