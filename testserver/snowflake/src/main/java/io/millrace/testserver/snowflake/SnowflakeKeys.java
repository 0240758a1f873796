package io.millrace.testserver.snowflake;

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

/**
 * The key pair of the user that loads, as {@code openssl genrsa} would make it, with the account
 * and database that it is for. Thread-safe.
 */
public final class SnowflakeKeys {
  public static final String USER = "loader";
  public static final String ACCOUNT = "demo";
  public static final String DATABASE = "DW";

  /** The name of the file of the private key. */
  public static final String PRIVATE_FILE = "rsa_key.p8";

  private final KeyPair pair;
  private final Path privateFile;
  private final Path publicFile;

  /** Makes a pair and writes both keys into the folder. */
  public SnowflakeKeys(Path folder) throws IOException {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      pair = generator.generateKeyPair();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    privateFile =
        Files.writeString(
            folder.resolve(PRIVATE_FILE),
            "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(pair.getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n");
    publicFile = Files.write(folder.resolve("rsa_key.pub"), pair.getPublic().getEncoded());
  }

  public KeyPair pair() {
    return pair;
  }

  /** A server that lets the user in. */
  public SnowflakeServer server(Path folder) throws IOException {
    SnowflakeServer server =
        SnowflakeServer.start(
            folder.resolve("snowflake"), SnowflakeServer.Options.of(ACCOUNT, DATABASE));
    server.addUser(USER, pair.getPublic());
    return server;
  }

  /** The user's connection by Snowflake's own driver, which is to be on the class path. */
  public Connection connect(String url) throws SQLException {
    return connect(privateFile, url);
  }

  /** As {@link #connect(String)}, where another process has made the key. */
  public static Connection connect(Path privateFile, String url) throws SQLException {
    Properties login = new Properties();
    login.put("account", ACCOUNT);
    login.put("user", USER);
    login.put("private_key_file", privateFile.toString());
    login.put("authenticator", "snowflake_jwt");
    login.put("db", DATABASE);
    login.put("ssl", "off");
    login.put("disablePlatformDetection", "true");
    login.put("tracing", "OFF");
    return DriverManager.getConnection(url.replace("http://", "jdbc:snowflake://") + "/", login);
  }

  public Path privateFile() {
    return privateFile;
  }

  public Path publicFile() {
    return publicFile;
  }
}
