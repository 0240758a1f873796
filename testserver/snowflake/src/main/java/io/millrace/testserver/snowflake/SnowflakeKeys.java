package io.millrace.examples.weblogs;

import io.millrace.testserver.snowflake.SnowflakeServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Base64;
import java.util.Properties;

/** The key pair of the user that loads, as {@code openssl genrsa} would make it. */
final class SnowflakeKeys {
  static final String USER = "loader";
  static final String ACCOUNT = "demo";
  static final String DATABASE = "DW";

  private final KeyPair pair;
  private final Path privateFile;
  private final Path publicFile;

  /** Makes a pair and writes both keys into the folder. */
  SnowflakeKeys(Path folder) throws IOException {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      pair = generator.generateKeyPair();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    privateFile =
        Files.writeString(
            folder.resolve("rsa_key.p8"),
            "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(pair.getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n");
    publicFile = Files.write(folder.resolve("rsa_key.pub"), pair.getPublic().getEncoded());
  }

  KeyPair pair() {
    return pair;
  }

  /** A server that lets the user in. */
  SnowflakeServer server(Path folder) throws IOException {
    SnowflakeServer server =
        SnowflakeServer.start(
            folder.resolve("snowflake"), SnowflakeServer.Options.of(ACCOUNT, DATABASE));
    server.addUser(USER, pair.getPublic());
    return server;
  }

  /** The user's connection by Snowflake's own driver. */
  Connection connect(String url) throws SQLException {
    Properties login = new Properties();
    login.put("account", ACCOUNT);
    login.put("user", USER);
    login.put("privateKey", pair.getPrivate());
    login.put("authenticator", "snowflake_jwt");
    login.put("db", DATABASE);
    login.put("ssl", "off");
    login.put("disablePlatformDetection", "true");
    login.put("tracing", "OFF");
    return DriverManager.getConnection(url.replace("http://", "jdbc:snowflake://") + "/", login);
  }

  Path privateFile() {
    return privateFile;
  }

  Path publicFile() {
    return publicFile;
  }
}
