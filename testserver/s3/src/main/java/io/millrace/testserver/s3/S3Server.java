package io.millrace.testserver.s3;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Properties;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.middleware.Middlewares;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * S3Proxy with its objects in memory; it checks the signature of every request. Stopped and started
 * again it keeps its objects and its port; meanwhile it may answer in other ways. Thread-safe.
 */
public final class S3Server implements AutoCloseable {
  public static final String ACCESS_KEY_ID = "millrace-test";
  public static final String SECRET_ACCESS_KEY = "not-a-secret-but-it-is-checked";

  private final BlobStore objects;
  private int port;
  private S3Proxy running;

  private S3Server() {
    this.objects = BlobStores.create("transient-nio2", new Properties());
  }

  /** On a free port. */
  public static S3Server start() {
    S3Server server = new S3Server();
    server.restart();
    return server;
  }

  public synchronized URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** Amazon's own client, let in; to be closed. */
  public S3Client client() {
    return client(endpoint());
  }

  /** Amazon's own client of such a server, perhaps in another process; to be closed. */
  public static S3Client client(URI endpoint) {
    return S3Client.builder()
        .endpointOverride(endpoint)
        .forcePathStyle(true)
        .region(Region.US_EAST_1)
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .credentialsProvider(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(ACCESS_KEY_ID, SECRET_ACCESS_KEY)))
        .build();
  }

  /** Answers again after {@link #stop}, as at first. */
  public synchronized void restart() {
    start(objects, SECRET_ACCESS_KEY);
  }

  /** After {@link #stop}: answers, but with 403 as if the secret were another by now. */
  public synchronized void restartRefusing() {
    start(objects, "changed-since");
  }

  /** After {@link #stop}: answers each call only after this time. */
  public synchronized void restartSlow(Duration each) {
    Properties latency = new Properties();
    latency.setProperty("s3proxy.latency-blobstore", "true");
    latency.setProperty("s3proxy.latency-blobstore.*.latency", String.valueOf(each.toMillis()));
    try {
      start(Middlewares.wrap(objects, latency, name -> objects), SECRET_ACCESS_KEY);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void start(BlobStore store, String secret) {
    if (running != null) {
      throw new IllegalStateException("Cannot start S3Proxy: it runs already");
    }
    try {
      S3Proxy proxy =
          S3Proxy.builder()
              .blobStore(store)
              .endpoint(endpoint())
              .awsAuthentication(AuthenticationType.AWS_V4, ACCESS_KEY_ID, secret)
              .build();
      proxy.start();
      running = proxy;
      port = proxy.getPort();
    } catch (Exception e) {
      throw new IllegalStateException("Cannot start S3Proxy", e);
    }
  }

  /** No request is answered any more. */
  public synchronized void stop() {
    if (running == null) {
      return;
    }
    try {
      running.stop();
      running = null;
    } catch (Exception e) {
      throw new IllegalStateException("Cannot stop S3Proxy", e);
    }
  }

  @Override
  public void close() {
    stop();
  }
}
