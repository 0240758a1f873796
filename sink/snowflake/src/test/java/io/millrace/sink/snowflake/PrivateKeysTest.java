package io.millrace.sink.snowflake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.junit.jupiter.api.Test;

class PrivateKeysTest {
  private static PrivateKey key() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    return generator.generateKeyPair().getPrivate();
  }

  private static String pem(String kind, byte[] der) {
    return "-----BEGIN "
        + kind
        + "-----\n"
        + Base64.getMimeEncoder().encodeToString(der)
        + "\n-----END "
        + kind
        + "-----\n";
  }

  @Test
  void plainKeyIsReadWithAndWithoutItsLines() throws Exception {
    PrivateKey key = key();
    assertThat(PrivateKeys.read(pem("PRIVATE KEY", key.getEncoded()), Optional.empty()))
        .isEqualTo(key);
    assertThat(
            PrivateKeys.read(
                Base64.getEncoder().encodeToString(key.getEncoded()), Optional.empty()))
        .isEqualTo(key);
  }

  /** The same form as of {@code openssl pkcs8 -topk8 -v2 aes256}. */
  @Test
  void encryptedKeyIsReadByItsPassphraseOnly() throws Exception {
    PrivateKey key = key();
    String algorithm = "PBEWithHmacSHA256AndAES_256";
    Cipher cipher = Cipher.getInstance(algorithm);
    cipher.init(
        Cipher.ENCRYPT_MODE,
        SecretKeyFactory.getInstance(algorithm)
            .generateSecret(new PBEKeySpec("open sesame".toCharArray())));
    byte[] encrypted = cipher.doFinal(key.getEncoded());
    // Java 17 knows the form's name in files, not the name of this choice of its parts.
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("PBES2");
    parameters.init(cipher.getParameters().getEncoded());
    String pem =
        pem(
            "ENCRYPTED PRIVATE KEY",
            new EncryptedPrivateKeyInfo(parameters, encrypted).getEncoded());
    assertThat(PrivateKeys.read(pem, Optional.of("open sesame"))).isEqualTo(key);
    assertInvalid(pem, Optional.of("hunter2"), "cannot be decrypted");
    assertInvalid(pem, Optional.empty(), "it is encrypted");
  }

  @Test
  void whatIsNoKeyIsRefusedWithoutAWordOfIt() {
    assertInvalid("hunter2!", Optional.empty(), "not a PKCS #8 key");
    assertInvalid(pem("RSA PRIVATE KEY", new byte[8]), Optional.empty(), "PKCS #1");
  }

  private static void assertInvalid(String pem, Optional<String> passphrase, String why) {
    assertThatThrownBy(() -> PrivateKeys.read(pem, passphrase))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.INVALID_OPTION);
              assertThat(e.getMessage()).contains(why).doesNotContain("hunter2");
              assertThat(e.hint()).isPresent();
            });
  }
}
