package io.millrace.log;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.TransactionAbortedException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Waits for the cluster's answers and puts its refusals into our words. */
final class Answers {
  private final String bootstrap;

  Answers(String bootstrap) {
    this.bootstrap = bootstrap;
  }

  /** The answer, or the refusal as "Cannot {@code act}: ...". */
  <T> T await(KafkaFuture<T> answer, String act) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw translate(e.getCause(), act);
    } catch (InterruptedException e) {
      throw interrupted(act, e);
    }
  }

  /** As {@link #await} for calls that answer at once. */
  <T> T call(Supplier<T> call, String act) {
    try {
      return call.get();
    } catch (KafkaException e) {
      throw translate(e, act);
    }
  }

  MillraceException interrupted(String act, Throwable cause) {
    Thread.currentThread().interrupt();
    return new MillraceException(
        ErrorCode.CANCELLED, "Cannot " + act + ": it was interrupted", cause);
  }

  MillraceException translate(Throwable failure, String act) {
    // Clients wrap what went wrong: the first exception of the chain that we know tells it.
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      MillraceException known = known(cause, failure, act);
      if (known != null) {
        return known;
      }
    }
    return error(
            ErrorCode.KAFKA_UNAVAILABLE,
            act,
            "the cluster at " + bootstrap + " failed: " + reason(failure),
            failure)
        .hint("Check that a broker runs there and can be reached.");
  }

  private MillraceException known(Throwable cause, Throwable failure, String act) {
    if (cause instanceof MillraceException already) {
      return already;
    }
    if (cause instanceof InterruptException || cause instanceof InterruptedException) {
      return interrupted(act, failure);
    }
    if (cause instanceof UnknownTopicOrPartitionException) {
      return error(ErrorCode.NOT_FOUND, act, "there is no such topic", failure)
          .hint("SHOW TOPICS lists the topics of " + bootstrap + ".");
    }
    if (cause instanceof TopicExistsException) {
      return error(ErrorCode.ALREADY_EXISTS, act, "the topic exists already", failure)
          .hint("Bind it with 'topic', or choose another name.");
    }
    if (cause instanceof InvalidTopicException) {
      return error(ErrorCode.INVALID_NAME, act, cause.getMessage(), failure);
    }
    if (cause instanceof RecordTooLargeException) {
      return error(
              ErrorCode.ROW_REFUSED,
              act,
              "a record is larger than the cluster or the topic allows",
              failure)
          .hint("Raise max.message.bytes of the topic, or send smaller rows.");
    }
    if (cause instanceof ProducerFencedException
        || cause instanceof InvalidProducerEpochException
        || cause instanceof TransactionAbortedException) {
      return error(
              ErrorCode.KAFKA_UNAVAILABLE,
              act,
              "the cluster aborted the transaction: it was open for longer than its time-out, or"
                  + " another server took over",
              failure)
          .hint("Nothing was written: send it again, in smaller pieces if it took long.");
    }
    if (cause instanceof InvalidConfigurationException
        || cause instanceof InvalidPartitionsException
        || cause instanceof InvalidReplicationFactorException
        || cause instanceof PolicyViolationException) {
      return error(ErrorCode.INVALID_OPTION, act, cause.getMessage(), failure);
    }
    if (cause instanceof AuthenticationException || cause instanceof AuthorizationException) {
      return error(
              ErrorCode.KAFKA_UNAVAILABLE,
              act,
              "the cluster at " + bootstrap + " refused: " + cause.getMessage(),
              failure)
          .hint("Check the Kafka client properties (security.protocol, sasl.*) and the rights.");
    }
    if (cause instanceof ConfigException) {
      return error(ErrorCode.INVALID_OPTION, act, cause.getMessage(), failure)
          .hint("Check the Kafka address and the Kafka client properties.");
    }
    return null;
  }

  private static String reason(Throwable cause) {
    Throwable deepest = cause;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    return deepest.getMessage() == null ? deepest.getClass().getSimpleName() : deepest.getMessage();
  }

  private static MillraceException error(
      ErrorCode code, String act, String reason, Throwable cause) {
    return new MillraceException(code, "Cannot " + act + ": " + reason, cause);
  }
}
