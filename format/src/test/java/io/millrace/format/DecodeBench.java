package io.millrace.format;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.avro.Schema;

/**
 * Prints nanoseconds per row for decoding and encoding a weblog line of 17 fields: run the main
 * method with the test class path. A rough figure for before and after, not a test.
 */
final class DecodeBench {
  private static final String LINE =
      "2026-03-01 12:34:56 192.0.2.17 - W3SVC1 WEB01 198.51.100.4 443 GET /products/list.aspx"
          + " id=42&page=3 200 187 HTTP/1.1 www.example.org"
          + " Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+AppleWebKit/537.36 https://example.org/";
  private static final int ROWS = 500_000;

  private DecodeBench() {}

  public static void main(String[] arguments) throws Exception {
    String[] names =
        ("date time c_ip cs_username s_sitename s_computername s_ip s_port cs_method cs_uri_stem"
                + " cs_uri_query sc_status time_taken cs_version cs_host User_Agent Referer")
            .split(" ");
    List<Column> columns = new ArrayList<>();
    for (String name : names) {
      boolean number = List.of("s_port", "sc_status", "time_taken").contains(name);
      columns.add(new Column(name, number ? DataType.INT : DataType.STRING));
    }
    RowSchema schema = new RowSchema(columns, List.of());
    Schema contract =
        AvroContracts.valueSchema(new Name("public", "web_logs"), schema, Optional.empty());
    Formats formats = new Formats(id -> contract);
    RowBuffer buffer = new RowBuffer(schema);
    byte[] line = LINE.getBytes(StandardCharsets.UTF_8);
    int[] all = IntStream.range(0, schema.size()).toArray();
    formats.decoder("w3c", Map.of(), schema, all).decode(line, 0, line.length, buffer);
    for (int round = 0; round < 3; round++) {
      for (String format : List.of("w3c", "avro", "delimited", "json")) {
        RecordEncoder encoder = formats.encoder(format, Map.of(), schema, 1);
        ByteSink out = new ByteSink();
        long start = System.nanoTime();
        for (int i = 0; i < ROWS; i++) {
          out.reset();
          encoder.encode(buffer.row(), out);
        }
        long encoding = System.nanoTime() - start;
        long decoding = decode(formats.decoder(format, Map.of(), schema, all), out, schema);
        int[] three = {11, 12, 14};
        long projected =
            decode(formats.decoder(format, Map.of(), schema, three), out, schema.project(three));
        System.out.printf(
            "%-9s encode %4d  decode %4d  decode 3 of 17 columns %4d ns per row, %d bytes%n",
            format, encoding / ROWS, decoding / ROWS, projected / ROWS, out.length());
      }
    }
  }

  private static long decode(RecordDecoder decoder, ByteSink record, RowSchema schema)
      throws DecodeException {
    RowBuffer target = new RowBuffer(schema);
    long start = System.nanoTime();
    for (int i = 0; i < ROWS; i++) {
      decoder.decode(record.array(), 0, record.length(), target);
    }
    return System.nanoTime() - start;
  }
}
