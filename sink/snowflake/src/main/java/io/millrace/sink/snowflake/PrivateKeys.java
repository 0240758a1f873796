package io.millrace.sink.snowflake;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** Reads RSA keys in PEM (RFC 7468, PKCS #8), also without the lines around as Spark takes them. */
final class PrivateKeys {
  private static final String ENCRYPTED = "ENCRYPTED PRIVATE KEY";

  private PrivateKeys() {}

  /** Throws INVALID_OPTION without a word of the key. */
  static PrivateKey read(String pem, Optional<String> passphrase) {
    if (pem.contains("RSA PRIVATE KEY")) {
      throw invalid("it is in the older format PKCS #1", null)
          .hint("Convert it: openssl pkcs8 -topk8 -in old.pem -out rsa_key.p8");
    }
    try {
      byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", "").strip());
      PKCS8EncodedKeySpec key =
          pem.contains(ENCRYPTED) ? decrypt(der, passphrase) : new PKCS8EncodedKeySpec(der);
      return KeyFactory.getInstance("RSA").generatePrivate(key);
    } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
      throw invalid(
              pem.contains(ENCRYPTED)
                  ? "it cannot be decrypted with 'private-key-passphrase'"
                  : "it is not a PKCS #8 key in PEM",
              e)
          .hint("Make one: openssl genrsa 2048 | openssl pkcs8 -topk8 -v2 aes256 -out rsa_key.p8");
    }
  }

  private static PKCS8EncodedKeySpec decrypt(byte[] der, Optional<String> passphrase)
      throws GeneralSecurityException, IOException {
    if (passphrase.isEmpty()) {
      throw invalid("it is encrypted", null).hint("Set 'private-key-passphrase'.");
    }
    EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(der);
    // PBES2 names its parts in its parameters: PBEWithHmacSHA256AndAES_256.
    String algorithm = info.getAlgParameters().toString();
    PBEKeySpec password = new PBEKeySpec(passphrase.get().toCharArray());
    Cipher cipher = Cipher.getInstance(algorithm);
    cipher.init(
        Cipher.DECRYPT_MODE,
        SecretKeyFactory.getInstance(algorithm).generateSecret(password),
        info.getAlgParameters());
    return info.getKeySpec(cipher);
  }

  private static MillraceException invalid(String why, Exception cause) {
    return new MillraceException(ErrorCode.INVALID_OPTION, "Invalid private key: " + why, cause);
  }
}
