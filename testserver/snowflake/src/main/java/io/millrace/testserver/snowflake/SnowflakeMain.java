package io.millrace.testserver.snowflake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.concurrent.CountDownLatch;

/**
 * The server in a process of its own, which may be killed: {@code FOLDER PORT ACCOUNT DATABASE USER
 * PUBLIC_KEY_FILE}, the key in DER. Prints {@code ready} when it answers.
 */
public final class SnowflakeMain {
  private SnowflakeMain() {}

  /** Runs until it is killed. */
  public static void main(String[] arguments)
      throws IOException, GeneralSecurityException, InterruptedException {
    SnowflakeServer server =
        SnowflakeServer.start(
            Path.of(arguments[0]),
            SnowflakeServer.Options.of(arguments[2], arguments[3])
                .withPort(Integer.parseInt(arguments[1])));
    server.addUser(
        arguments[4],
        KeyFactory.getInstance("RSA")
            .generatePublic(new X509EncodedKeySpec(Files.readAllBytes(Path.of(arguments[5])))));
    System.out.println("ready at " + server.url());
    new CountDownLatch(1).await();
  }
}
