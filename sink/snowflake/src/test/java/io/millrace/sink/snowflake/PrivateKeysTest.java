package io.millrace.sink.snowflake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.util.Base64;
import java.util.Optional;
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
