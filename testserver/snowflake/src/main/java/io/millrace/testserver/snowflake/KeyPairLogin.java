package io.millrace.testserver.snowflake;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Checks the token of a key-pair login as "Key-pair authentication" and "Using key-pair
 * authentication" (SQL API) state it: RS256 by the user's key, issuer {@code
 * ACCOUNT.USER.SHA256:fingerprint}, subject {@code ACCOUNT.USER}, good for at most an hour.
 * Thread-safe.
 */
final class KeyPairLogin {
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final Duration SKEW = Duration.ofMinutes(1);

  private final String account;
  private final Clock clock;
  private final Map<String, PublicKey> users = new ConcurrentHashMap<>();

  KeyPairLogin(String account, Clock clock) {
    this.account = account.toUpperCase(Locale.ROOT);
    this.clock = clock;
  }

  void add(String user, PublicKey key) {
    users.put(user.toUpperCase(Locale.ROOT), key);
  }

  /** Answers the user's name. */
  String verify(JsonNode login) throws SnowflakeException {
    if (!login.path("AUTHENTICATOR").asText().equalsIgnoreCase("SNOWFLAKE_JWT")) {
      throw new SnowflakeException(
          "390100", "08001", "Incorrect username or password was specified.");
    }
    String user = login.path("LOGIN_NAME").asText().toUpperCase(Locale.ROOT);
    try {
      String[] parts = login.path("TOKEN").asText().split("\\.");
      if (parts.length == 3 && users.containsKey(user) && isGood(parts, user, users.get(user))) {
        return user;
      }
    } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
      throw invalid();
    }
    throw invalid();
  }

  private static SnowflakeException invalid() {
    return new SnowflakeException("390144", "08001", "JWT token is invalid.");
  }

  private boolean isGood(String[] parts, String user, PublicKey key)
      throws GeneralSecurityException, IOException {
    Base64.Decoder decoder = Base64.getUrlDecoder();
    JsonNode header = Answer.JSON.readTree(decoder.decode(parts[0]));
    JsonNode claims = Answer.JSON.readTree(decoder.decode(parts[1]));
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initVerify(key);
    signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
    long now = clock.instant().getEpochSecond();
    long issued = claims.path("iat").asLong();
    long expires = claims.path("exp").asLong();
    String subject = account + "." + user;
    return header.path("alg").asText().equals("RS256")
        && signature.verify(decoder.decode(parts[2]))
        && claims.path("iss").asText().equals(subject + "." + fingerprint(key))
        && claims.path("sub").asText().equals(subject)
        && issued <= now + SKEW.toSeconds()
        && expires > now
        && expires - issued <= LONGEST.toSeconds();
  }

  private static String fingerprint(PublicKey key) throws GeneralSecurityException {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
    return "SHA256:" + Base64.getEncoder().encodeToString(digest);
  }
}
