package io.millrace.sink.snowflake;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import net.snowflake.client.api.driver.SnowflakeDriver;

/**
 * Whom a sink logs in as, and where. Holds the options as they were written, so that a key behind a
 * reference is read when a connection is opened and is never stored. Immutable.
 */
record Login(Map<String, String> options) implements Serializable {
  static final Setting<String> URL =
      Setting.text("url", null, "The account's address: `<account>.snowflakecomputing.com`.");
  static final Setting<String> ACCOUNT =
      Setting.text("account", null, "The account, where the address does not begin with it.");
  static final Setting<String> USER = Setting.text("user", null, "The user that logs in.");
  static final Setting<String> KEY =
      Setting.text(
          "private-key",
          null,
          "The user's private key in PEM, as a reference: `${env:NAME}` or `${file:PATH}`.");
  static final Setting<String> KEY_FILE =
      Setting.text("private-key-file", null, "The file of the private key, instead.");
  static final Setting<String> PASSPHRASE =
      Setting.text(
          "private-key-passphrase", null, "Of an encrypted key, as a reference to a secret.");
  static final Setting<String> DATABASE = Setting.text("database", null, "The database.");
  static final Setting<String> SCHEMA = Setting.text("schema", "PUBLIC", "The schema.");
  static final Setting<String> WAREHOUSE =
      Setting.text("warehouse", null, "The warehouse that loads; the user's own unless said.");
  static final Setting<String> ROLE =
      Setting.text("role", null, "The role; the user's own unless said.");

  /** How people who come from Spark write them. */
  static final Map<String, Setting<String>> ALIASES =
      new TreeMap<>(
          Map.of(
              "sfurl", URL,
              "sfaccount", ACCOUNT,
              "sfuser", USER,
              "pem_private_key", KEY,
              "sfdatabase", DATABASE,
              "sfschema", SCHEMA,
              "sfwarehouse", WAREHOUSE,
              "sfrole", ROLE));

  static final List<Setting<?>> SETTINGS =
      List.of(URL, ACCOUNT, USER, KEY, KEY_FILE, PASSPHRASE, DATABASE, SCHEMA, WAREHOUSE, ROLE);

  private static final String CLOUD = ".snowflakecomputing.com";

  /** Seconds after which the driver gives up and the delivery tries again from its checkpoint. */
  private static final String PATIENCE = "30";

  Login {
    options = new TreeMap<>(options);
  }

  /** Without the values, for a key may be among them. */
  @Override
  public String toString() {
    return "Login" + options.keySet();
  }

  private Settings settings() {
    return Settings.of("the Snowflake login", options, SETTINGS);
  }

  /** Checks all that can be checked without a connection. */
  static Login of(Settings settings) {
    Map<String, String> options = new TreeMap<>();
    for (Setting<?> setting : SETTINGS) {
      if (settings.isSet(setting)) {
        options.put(setting.key(), settings.asWritten().get(setting.key()));
      }
    }
    Login login = new Login(options);
    login.settings().get(USER);
    login.settings().get(DATABASE);
    login.account(login.address());
    login.privateKey();
    return login;
  }

  String database() {
    return Sql.unquote(settings().get(DATABASE));
  }

  String schema() {
    return Sql.unquote(settings().get(SCHEMA));
  }

  private URI address() {
    String text = settings().get(URL);
    try {
      URI address = URI.create(text.contains("://") ? text : "https://" + text);
      if (address.getHost() != null) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      throw invalidUrl(text);
    }
    throw invalidUrl(text);
  }

  private static MillraceException invalidUrl(String text) {
    return new MillraceException(ErrorCode.INVALID_OPTION, "Invalid value for 'url': " + text)
        .hint("Write <account>" + CLOUD + ".");
  }

  private String account(URI address) {
    String host = address.getHost().toLowerCase(Locale.ROOT);
    return settings()
        .find(ACCOUNT)
        .or(
            () ->
                host.endsWith(CLOUD)
                    ? Optional.of(host.substring(0, host.length() - CLOUD.length()))
                    : Optional.empty())
        .orElseThrow(
            () ->
                new MillraceException(
                        ErrorCode.INVALID_OPTION, "Invalid value for 'url': it names no account")
                    .hint("Set 'account', or write <account>" + CLOUD + "."));
  }

  private PrivateKey privateKey() {
    Settings settings = settings();
    Optional<String> file = settings.find(KEY_FILE);
    if (file.isPresent() == settings.isSet(KEY)) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION,
              "Invalid login: give one of 'private-key' and 'private-key-file'")
          .hint("'millrace snowflake setup' prints how to make a key pair.");
    }
    try {
      String pem = file.isPresent() ? Files.readString(Path.of(file.get())) : settings.get(KEY);
      return PrivateKeys.read(pem, settings.find(PASSPHRASE));
    } catch (IOException e) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION,
              "Invalid value for 'private-key-file': cannot read " + file.orElse(""),
              e)
          .hint("Write the path of a file that the server's user may read.");
    }
  }

  /** A new session. */
  Connection open() throws SQLException {
    Settings settings = settings();
    URI address = address();
    Properties properties = new Properties();
    properties.put("account", account(address));
    properties.put("user", settings.get(USER));
    properties.put("privateKey", privateKey());
    properties.put("authenticator", "snowflake_jwt");
    properties.put("db", database());
    properties.put("schema", schema());
    settings.find(WAREHOUSE).ifPresent(name -> properties.put("warehouse", name));
    settings.find(ROLE).ifPresent(name -> properties.put("role", name));
    properties.put("ssl", "http".equals(address.getScheme()) ? "off" : "on");
    properties.put("application", "Millrace");
    properties.put("CLIENT_SESSION_KEEP_ALIVE", "true"); // idle between two triggers
    properties.put("TIMEZONE", "UTC");
    properties.put("ERROR_ON_NONDETERMINISTIC_MERGE", "true");
    properties.put("QUOTED_IDENTIFIERS_IGNORE_CASE", "false");
    properties.put("disablePlatformDetection", "true"); // it asks clouds where it is running
    properties.put("loginTimeout", PATIENCE);
    properties.put("retryTimeout", PATIENCE);
    properties.put("tracing", "OFF"); // what goes wrong is thrown
    return new SnowflakeDriver()
        .connect(
            "jdbc:snowflake://"
                + address.getHost()
                + (address.getPort() < 0 ? "" : ":" + address.getPort())
                + "/",
            properties);
  }
}
