package io.millrace.testserver.gcs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The rules that the server keeps, each with where the documentation of Cloud Storage has it
 * (cloud.google.com/storage/docs).
 */
class GcsServerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CHUNK = 256 << 10;

  private final HttpClient client = HttpClient.newHttpClient();
  private GcsServer server;

  @BeforeEach
  void start() {
    server = GcsServer.start();
    server.createBucket("acme");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> send(String method, String url, byte[] body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url.startsWith("/") ? server.endpoint() + url : url))
            .method(method, BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private String begin(String name, String more) throws Exception {
    return send(
            "POST",
            "/upload/storage/v1/b/acme/o?uploadType=resumable&name=" + name + more,
            "{\"metadata\":{\"who\":\"me\"}}".getBytes())
        .headers()
        .firstValue("Location")
        .orElseThrow();
  }

  private HttpResponse<String> put(String session, byte[] bytes, String range) throws Exception {
    return send("PUT", session, bytes, "Content-Range", "bytes " + range);
  }

  private static String kept(HttpResponse<String> response) {
    return response.headers().firstValue("Range").orElse("none");
  }

  private static JsonNode json(HttpResponse<String> response) throws IOException {
    return JSON.readTree(response.body());
  }

  private static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) 'x');
    return bytes;
  }

  /** "Perform resumable uploads", multiple chunk upload: 308 and Range until the last chunk. */
  @Test
  void resumableUploadIsAnswered308UntilItsLastChunk() throws Exception {
    String session = begin("o", "");
    HttpResponse<String> first = put(session, bytes(CHUNK), "0-262143/*");
    assertThat(first.statusCode()).isEqualTo(308);
    assertThat(kept(first)).isEqualTo("bytes=0-262143");
    assertThat(server.objects("acme", "")).isEmpty();

    HttpResponse<String> last = put(session, bytes(10), "262144-262153/262154");
    assertThat(last.statusCode()).isEqualTo(200);
    assertThat(json(last).get("size").asText()).isEqualTo("262154");
    assertThat(json(last).get("metadata").get("who").asText()).isEqualTo("me");
    assertThat(server.objects("acme", "").get("o")).hasSize(262_154);
  }

  /** The same, "check the status": bytes *&#47;SIZE; what arrived is kept, and sent bytes go on. */
  @Test
  void interruptedUploadTellsWhatArrivedAndGoesOnThere() throws Exception {
    String session = begin("o", "");
    assertThat(kept(put(session, new byte[0], "*/*"))).isEqualTo("none");
    put(session, bytes(CHUNK), "0-262143/*");
    HttpResponse<String> status = put(session, new byte[0], "*/300000");
    assertThat(status.statusCode()).isEqualTo(308);
    assertThat(kept(status)).isEqualTo("bytes=0-262143");

    byte[] overlapping = bytes(300_000 - 200_000);
    assertThat(put(session, overlapping, "200000-299999/300000").statusCode()).isEqualTo(200);
    assertThat(server.objects("acme", "").get("o")).hasSize(300_000);
  }

  /** The same: "The chunk size should be a multiple of 256 KiB ... unless it's the last chunk". */
  @Test
  void chunkOfAnotherSizeIsRefused() throws Exception {
    assertThat(put(begin("o", ""), bytes(1000), "0-999/*").statusCode()).isEqualTo(400);
  }

  /** "Cancel a resumable upload": DELETE is answered 499, and the session is gone. */
  @Test
  void cancelledUploadIsGone() throws Exception {
    String session = begin("o", "");
    assertThat(send("DELETE", session, new byte[0]).statusCode()).isEqualTo(499);
    assertThat(put(session, bytes(1), "0-0/1").statusCode()).isEqualTo(404);
  }

  /** "Request preconditions": ifGenerationMatch=0 only where there is none, else 412. */
  @Test
  void conditionOnTheGenerationIsKept() throws Exception {
    JsonNode first = json(put(begin("o", "&ifGenerationMatch=0"), bytes(1), "0-0/1"));
    assertThat(put(begin("o", "&ifGenerationMatch=0"), bytes(2), "0-1/2").statusCode())
        .isEqualTo(412);
    assertThat(server.objects("acme", "").get("o")).hasSize(1);
    String generation = first.get("generation").asText();
    assertThat(put(begin("o", "&ifGenerationMatch=" + generation), bytes(3), "0-2/3").statusCode())
        .isEqualTo(200);
    assertThat(put(begin("o", "&ifGenerationMatch=" + generation), bytes(4), "0-3/4").statusCode())
        .isEqualTo(412);
  }

  /** "Objects: rewrite": the target keeps the source's metadata; conditions are the target's. */
  @Test
  void rewriteKeepsMetadataAndItsCondition() throws Exception {
    put(begin("from", ""), bytes(5), "0-4/5");
    String rewrite = "/storage/v1/b/acme/o/from/rewriteTo/b/acme/o/a%2Fto?ifGenerationMatch=0";
    JsonNode answer = json(send("POST", rewrite, new byte[0]));
    assertThat(answer.get("done").asBoolean()).isTrue();
    assertThat(answer.get("resource").get("metadata").get("who").asText()).isEqualTo("me");
    assertThat(server.objects("acme", "")).containsOnlyKeys("from", "a/to");
    assertThat(send("POST", rewrite, new byte[0]).statusCode()).isEqualTo(412);
  }

  /** "Objects: list": maxResults, nextPageToken and pageToken; in the order of names. */
  @Test
  void listComesInPages() throws Exception {
    for (String name : List.of("b/2", "a/1", "b/1", "b/3", "c")) {
      put(begin(name.replace("/", "%2F"), ""), bytes(1), "0-0/1");
    }
    List<String> names = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    String token = "";
    while (token != null) {
      JsonNode page =
          json(
              send(
                  "GET",
                  "/storage/v1/b/acme/o?prefix=b%2F&maxResults=2"
                      + (token.isEmpty() ? "" : "&pageToken=" + token.replace("/", "%2F")),
                  new byte[0]));
      page.get("items").forEach(item -> names.add(item.get("name").asText()));
      sizes.add(page.get("items").size());
      token = page.has("nextPageToken") ? page.get("nextPageToken").asText() : null;
    }
    assertThat(names).containsExactly("b/1", "b/2", "b/3");
    assertThat(sizes).containsExactly(2, 1);
  }

  /** "HTTP status and error codes": 404 for a bucket or an object that is not there. */
  @Test
  void whatIsNotThereIsAnswered404() throws Exception {
    assertThat(send("GET", "/storage/v1/b/none/o", new byte[0]).statusCode()).isEqualTo(404);
    assertThat(send("GET", "/storage/v1/b/acme/o/none", new byte[0]).statusCode()).isEqualTo(404);
    assertThat(send("DELETE", "/storage/v1/b/acme/o/none", new byte[0]).statusCode())
        .isEqualTo(404);
  }
}
