package io.millrace.log;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import io.millrace.model.Units;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * One Kafka cluster: its topics and positions, and clients with the warehouse's guarantees set. It
 * never alters a topic unless told to by {@link #setRetention}. Errors are {@link
 * MillraceException}s: KAFKA_UNAVAILABLE where the cluster cannot be reached or refuses, NOT_FOUND
 * for a topic that is not there, CANCELLED where the calling thread is interrupted. Thread-safe.
 */
public final class LogClient implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration SHOWS = Duration.ofSeconds(20);
  private static final Duration ALIVE = Duration.ofSeconds(2);
  private static final int MAX_RECORD_BYTES = 8 << 20;

  private final LogSettings settings;
  private final Answers answers;
  private final Admin admin;
  private final DiskSpace disk;
  private final Object asking = new Object();
  private Optional<String> outage = Optional.empty();
  private long outageNanos = System.nanoTime() - ALIVE.toNanos();

  private LogClient(LogSettings settings, DiskSpace disk) {
    this.settings = settings;
    this.disk = disk;
    this.answers = new Answers(settings.bootstrap());
    Map<String, Object> config = new HashMap<>();
    config.put("default.api.timeout.ms", "20000");
    config.put("request.timeout.ms", "10000");
    config.putAll(passThrough());
    this.admin = answers.call(() -> Admin.create(config), "connect to Kafka");
  }

  /** Connects and asks for an answer; KAFKA_UNAVAILABLE after five seconds without one. */
  public static LogClient connect(LogSettings settings) {
    return connect(settings, DiskSpace.elsewhere());
  }

  /** As above, to a broker that keeps its records on this disk. */
  public static LogClient connect(LogSettings settings, DiskSpace disk) {
    LogClient client = new LogClient(settings, disk);
    try {
      int wait =
          Optional.ofNullable(settings.clientProperties().get("default.api.timeout.ms"))
              .map(Integer::valueOf)
              .orElse((int) CONNECT.toMillis());
      client.answers.await(
          client.admin.describeCluster(new DescribeClusterOptions().timeoutMs(wait)).clusterId(),
          "connect to Kafka");
      return client;
    } catch (RuntimeException e) {
      client.close();
      throw e;
    }
  }

  /**
   * Why the cluster does not answer at present, as one sentence, where it does not. Consumers and
   * producers wait for it without a word. It is given two seconds to answer, and asked no more
   * often.
   */
  public Optional<String> outage() {
    synchronized (asking) {
      if (System.nanoTime() - outageNanos >= ALIVE.toNanos()) {
        outage = ask();
        outageNanos = System.nanoTime();
      }
      return outage;
    }
  }

  private Optional<String> ask() {
    DescribeClusterOptions soon = new DescribeClusterOptions().timeoutMs((int) ALIVE.toMillis());
    try {
      answers.await(admin.describeCluster(soon).clusterId(), "reach Kafka");
      return Optional.empty();
    } catch (MillraceException e) {
      if (e.code() != ErrorCode.KAFKA_UNAVAILABLE) {
        throw e;
      }
      return Optional.of(e.code() + ": " + e.getMessage());
    }
  }

  /** The space that the cluster's records have; whoever is about to write more asks it. */
  public DiskSpace disk() {
    return disk;
  }

  /** What it was connected with. */
  public LogSettings settings() {
    return settings;
  }

  /** The address and the pass-through properties: what any other Kafka client needs. */
  public Properties clientProperties() {
    Properties properties = new Properties();
    passThrough().forEach((k, v) -> properties.setProperty(k, (String) v));
    return properties;
  }

  private Map<String, Object> passThrough() {
    Map<String, Object> config = new HashMap<>(settings.clientProperties());
    config.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrap());
    return config;
  }

  /** Makes a topic and returns once it can be used; ALREADY_EXISTS where there is one. */
  public TopicInfo create(TopicSpec spec) {
    String act = "create topic " + spec.topic();
    NewTopic topic =
        new NewTopic(
            spec.topic(),
            spec.partitions() < 0 ? Optional.empty() : Optional.of(spec.partitions()),
            spec.replication() < 0 ? Optional.empty() : Optional.of(spec.replication()));
    topic.configs(wanted(spec));
    create(topic, act);
    awaitShown(() -> hasLeaders(spec.topic()), act);
    return find(spec.topic()).orElseThrow(() -> missing(spec.topic()));
  }

  /**
   * Makes the topic, or returns the one that exists if it is what {@code spec} asks for. Otherwise
   * TOPIC_MISMATCH naming each difference: an existing topic is never altered.
   */
  public TopicInfo ensure(TopicSpec spec) {
    Optional<Found> existing = look(spec.topic());
    if (existing.isEmpty()) {
      try {
        return create(spec);
      } catch (MillraceException e) {
        if (e.code() != ErrorCode.ALREADY_EXISTS) {
          throw e;
        }
        existing = look(spec.topic());
      }
    }
    Found found = existing.orElseThrow(() -> missing(spec.topic()));
    Mismatch.check(spec, wanted(spec), found.info(), found.settings());
    return found.info();
  }

  /** What the topic is, if there is one of that name. */
  public Optional<TopicInfo> find(String topic) {
    return look(topic).map(Found::info);
  }

  /** Every topic of the cluster by name, its internal ones included. */
  public List<TopicInfo> list() {
    Set<String> names =
        answers.await(
            admin.listTopics(new ListTopicsOptions().listInternal(true)).names(), "list topics");
    return look(new TreeSet<>(names)).stream().map(Found::info).toList();
  }

  /** How many partitions the topic has. */
  public int partitions(String topic) {
    return describe(topic).orElseThrow(() -> missing(topic)).partitions().size();
  }

  /** Deletes the topic and returns once it is gone; nothing to do where there is none. */
  public void delete(String topic) {
    String act = "delete topic " + topic;
    try {
      answers.await(admin.deleteTopics(List.of(topic)).all(), act);
    } catch (MillraceException e) {
      if (e.code() != ErrorCode.NOT_FOUND) {
        throw e;
      }
    }
    awaitShown(() -> describe(topic).isEmpty(), act);
  }

  /** Sets how long the topic keeps its records and returns once that shows. */
  public void setRetention(String topic, Retention retention) {
    String act = "set the retention of topic " + topic;
    Map<String, String> wanted = retention.topicSettings();
    List<AlterConfigOp> changes =
        wanted.entrySet().stream()
            .map(
                e ->
                    new AlterConfigOp(
                        new ConfigEntry(e.getKey(), e.getValue()), AlterConfigOp.OpType.SET))
            .toList();
    answers.await(admin.incrementalAlterConfigs(Map.of(resource(topic), changes)).all(), act);
    awaitShown(
        () ->
            look(topic)
                .orElseThrow(() -> missing(topic))
                .settings()
                .entrySet()
                .containsAll(wanted.entrySet()),
        act);
  }

  /** The oldest offset that each partition still holds. */
  public Positions beginning(String topic) {
    return positions(topic, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED);
  }

  /** Where a reader of committed records stands when it has read everything. */
  public Positions end(String topic) {
    return end(topic, true);
  }

  /**
   * The end of each partition; with {@code readCommitted} the first record of the oldest open
   * transaction is as far as it goes.
   */
  public Positions end(String topic, boolean readCommitted) {
    return positions(
        topic,
        OffsetSpec.latest(),
        readCommitted ? IsolationLevel.READ_COMMITTED : IsolationLevel.READ_UNCOMMITTED);
  }

  /**
   * The first record of each partition whose timestamp is {@code timestamp} or later; the committed
   * end where there is none.
   */
  public Positions at(String topic, Instant timestamp) {
    Positions end = end(topic);
    Positions found =
        positions(
            topic,
            OffsetSpec.forTimestamp(timestamp.toEpochMilli()),
            IsolationLevel.READ_COMMITTED);
    Map<Integer, Long> offsets = new TreeMap<>(end.offsets());
    found
        .offsets()
        .forEach((p, offset) -> offsets.computeIfPresent(p, (k, e) -> offset < 0 ? e : offset));
    return Positions.of(offsets);
  }

  private Positions positions(String topic, OffsetSpec which, IsolationLevel isolation) {
    TopicDescription description = describe(topic).orElseThrow(() -> missing(topic));
    Map<TopicPartition, OffsetSpec> asked =
        description.partitions().stream()
            .collect(Collectors.toMap(p -> new TopicPartition(topic, p.partition()), p -> which));
    Map<TopicPartition, ListOffsetsResultInfo> offsets =
        answers.await(
            admin.listOffsets(asked, new ListOffsetsOptions(isolation)).all(),
            "read the positions of topic " + topic);
    Map<Integer, Long> positions = new TreeMap<>();
    offsets.forEach((p, info) -> positions.put(p.partition(), info.offset()));
    return Positions.of(positions);
  }

  /** Bytes of the topic's records on disk, each record counted once (replicas are not). */
  public long sizeInBytes(String topic) {
    TopicDescription description = describe(topic).orElseThrow(() -> missing(topic));
    Map<TopicPartition, Integer> leaders = new HashMap<>();
    description.partitions().stream()
        .filter(p -> p.leader() != null)
        .forEach(p -> leaders.put(new TopicPartition(topic, p.partition()), p.leader().id()));
    String act = "read the size of topic " + topic;
    var folders =
        answers.await(admin.describeLogDirs(Set.copyOf(leaders.values())).allDescriptions(), act);
    long bytes = 0;
    for (Map.Entry<TopicPartition, Integer> leader : leaders.entrySet()) {
      for (var folder : folders.getOrDefault(leader.getValue(), Map.of()).values()) {
        var replica = folder.replicaInfos().get(leader.getKey());
        if (replica != null && !replica.isFuture()) {
          bytes += replica.size();
        }
      }
    }
    return bytes;
  }

  /**
   * A consumer of committed records without a group: assign and seek it. A position that is gone is
   * an error to its reader, not a silent jump. {@code extra} wins over everything.
   */
  public Consumer<byte[], byte[]> consumer(Map<String, Object> extra) {
    Map<String, Object> config = new HashMap<>();
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    config.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "20000");
    config.putAll(passThrough());
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    config.putAll(extra);
    return answers.call(() -> new PromptConsumer(config), "make a Kafka consumer");
  }

  /**
   * A consumer asks for more before anybody wants it, and the broker keeps what it is asked for at
   * the end of a topic for half a second. Kafka's own {@code close()} waits for that answer.
   */
  private static final class PromptConsumer extends KafkaConsumer<byte[], byte[]> {
    PromptConsumer(Map<String, Object> config) {
      super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** In words that Kafka's clients of version 3, which Spark brings, have too. */
    @Override
    @SuppressWarnings("deprecation")
    public void close() {
      close(Duration.ZERO);
    }
  }

  /** An idempotent producer that waits for all replicas. {@code extra} wins over everything. */
  public Producer<byte[], byte[]> producer(Map<String, Object> extra) {
    Map<String, Object> config = new HashMap<>();
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, "20000");
    config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(MAX_RECORD_BYTES));
    config.putAll(passThrough());
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.putAll(extra);
    return answers.call(
        () -> new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer()),
        "make a Kafka producer");
  }

  /**
   * A producer under a transactional id, ready for {@code beginTransaction}: an earlier holder of
   * the id is fenced and what it left open is aborted. The cluster aborts a transaction that is
   * open for longer than {@code timeout}.
   */
  public Producer<byte[], byte[]> transactionalProducer(String transactionalId, Duration timeout) {
    return transactionalProducer(transactionalId, timeout, Map.of());
  }

  /** As above; {@code extra} producer settings win over ours. */
  public Producer<byte[], byte[]> transactionalProducer(
      String transactionalId, Duration timeout, Map<String, Object> extra) {
    Map<String, Object> config = new HashMap<>(extra);
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
    config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Math.toIntExact(timeout.toMillis()));
    Producer<byte[], byte[]> producer = producer(config);
    String act = "start transactions as " + transactionalId;
    try {
      producer.initTransactions();
      return producer;
    } catch (KafkaException e) {
      producer.close(Duration.ZERO);
      if (e instanceof InterruptException) {
        throw answers.translate(e, act);
      }
      // Kafka's producer tells this refusal from others by its English text alone.
      Optional<Duration> limit = transactionTimeoutLimit();
      if (limit.isPresent() && timeout.compareTo(limit.get()) > 0) {
        throw new MillraceException(
                ErrorCode.INVALID_OPTION,
                "Cannot "
                    + act
                    + ": the transaction time-out of "
                    + Units.text(timeout)
                    + " is above the cluster's transaction.max.timeout.ms, "
                    + Units.text(limit.get()),
                e)
            .hint("Raise transaction.max.timeout.ms on the brokers, or ask for a shorter one.");
      }
      throw answers.translate(e, act);
    }
  }

  /** The most bytes that a producer made here puts into one request, and so into one record. */
  public int maxRequestBytes() {
    return Optional.ofNullable(
            settings.clientProperties().get(ProducerConfig.MAX_REQUEST_SIZE_CONFIG))
        .map(Integer::valueOf)
        .orElse(MAX_RECORD_BYTES);
  }

  /** The longest transaction time-out the brokers allow, where they tell it. */
  public Optional<Duration> transactionTimeoutLimit() {
    Collection<Node> nodes =
        answers.await(admin.describeCluster().nodes(), "read the cluster's nodes");
    ConfigResource broker =
        new ConfigResource(
            ConfigResource.Type.BROKER, Integer.toString(nodes.iterator().next().id()));
    Config config =
        answers
            .await(admin.describeConfigs(List.of(broker)).all(), "read the brokers' settings")
            .get(broker);
    return Optional.ofNullable(config.get("transaction.max.timeout.ms"))
        .map(ConfigEntry::value)
        .map(ms -> Duration.ofMillis(Long.parseLong(ms)));
  }

  /**
   * Aborts every open transaction whose id matches and fences its producer, so that readers of
   * committed records get past it at once. Returns how many there were.
   */
  public int fence(Predicate<String> transactionalIds) {
    String act = "abort open transactions";
    ListTransactionsOptions open =
        new ListTransactionsOptions().filterStates(List.of(TransactionState.ONGOING));
    Set<String> ids =
        answers.await(admin.listTransactions(open).all(), act).stream()
            .map(TransactionListing::transactionalId)
            .filter(transactionalIds)
            .collect(Collectors.toCollection(TreeSet::new));
    if (!ids.isEmpty()) {
      answers.await(admin.fenceProducers(ids).all(), act + " " + String.join(", ", ids));
    }
    return ids.size();
  }

  /** Whether the last transaction under this id, as far as the cluster remembers, was committed. */
  public boolean isTransactionCommitted(String transactionalId) {
    ListTransactionsOptions committed =
        new ListTransactionsOptions()
            .filterStates(
                List.of(TransactionState.PREPARE_COMMIT, TransactionState.COMPLETE_COMMIT));
    return answers
        .await(admin.listTransactions(committed).all(), "look for transaction " + transactionalId)
        .stream()
        .anyMatch(t -> t.transactionalId().equals(transactionalId));
  }

  /** A Kafka client's failure in the words of this class: "Cannot {@code act}: ...". */
  public MillraceException explain(Throwable failure, String act) {
    return answers.translate(failure, act);
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(2));
  }

  private record Found(TopicInfo info, Map<String, String> settings) {}

  private Optional<Found> look(String topic) {
    return look(List.of(topic)).stream().findFirst();
  }

  /** Those of the topics that are there, in the order given. */
  private List<Found> look(Collection<String> topics) {
    Map<String, KafkaFuture<TopicDescription>> descriptions =
        admin.describeTopics(topics).topicNameValues();
    Map<ConfigResource, KafkaFuture<Config>> configs =
        admin.describeConfigs(topics.stream().map(LogClient::resource).toList()).values();
    List<Found> found = new ArrayList<>();
    for (String topic : topics) {
      String act = "describe topic " + topic;
      Optional<TopicDescription> description = present(descriptions.get(topic), act);
      Optional<Config> config = present(configs.get(resource(topic)), act);
      if (description.isPresent() && config.isPresent()) {
        Map<String, String> settings = new HashMap<>();
        config.get().entries().stream()
            .filter(entry -> entry.value() != null)
            .forEach(entry -> settings.put(entry.name(), entry.value()));
        found.add(new Found(info(description.get(), settings), settings));
      }
    }
    return found;
  }

  private Optional<TopicDescription> describe(String topic) {
    return present(
        admin.describeTopics(List.of(topic)).topicNameValues().get(topic),
        "describe topic " + topic);
  }

  /** The answer about a topic, or nothing where there is no such topic. */
  private <T> Optional<T> present(KafkaFuture<T> answer, String act) {
    try {
      return Optional.of(answers.await(answer, act));
    } catch (MillraceException e) {
      if (e.code() == ErrorCode.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static TopicInfo info(TopicDescription topic, Map<String, String> settings) {
    List<String> policies =
        Arrays.asList(settings.getOrDefault(TopicConfig.CLEANUP_POLICY_CONFIG, "").split(","));
    boolean deletes = policies.contains(TopicConfig.CLEANUP_POLICY_DELETE);
    return new TopicInfo(
        topic.name(),
        topic.partitions().size(),
        (short) topic.partitions().get(0).replicas().size(),
        policies.contains(TopicConfig.CLEANUP_POLICY_COMPACT),
        deletes ? limit(settings, TopicConfig.RETENTION_MS_CONFIG) : OptionalLong.empty(),
        deletes ? limit(settings, TopicConfig.RETENTION_BYTES_CONFIG) : OptionalLong.empty(),
        topic.isInternal());
  }

  /** Kafka's word for no limit is -1. */
  private static OptionalLong limit(Map<String, String> settings, String key) {
    long limit = Long.parseLong(settings.getOrDefault(key, "-1"));
    return limit >= 0 ? OptionalLong.of(limit) : OptionalLong.empty();
  }

  private boolean hasLeaders(String topic) {
    return describe(topic)
        .map(d -> d.partitions().stream().allMatch(p -> p.leader() != null))
        .orElse(false);
  }

  private static Map<String, String> wanted(TopicSpec spec) {
    Map<String, String> wanted = new TreeMap<>(spec.retention().topicSettings());
    wanted.putAll(spec.extra());
    return wanted;
  }

  private static ConfigResource resource(String topic) {
    return new ConfigResource(ConfigResource.Type.TOPIC, topic);
  }

  private MillraceException missing(String topic) {
    return answers.translate(new UnknownTopicOrPartitionException(topic), "use topic " + topic);
  }

  /**
   * Goes on asking while every broker is fenced: a controller that has not heard of one for some
   * seconds, as on a busy machine, hears of it again.
   */
  private void create(NewTopic topic, String act) {
    long deadline = System.nanoTime() + SHOWS.toNanos();
    while (true) {
      try {
        answers.await(admin.createTopics(List.of(topic)).all(), act);
        return;
      } catch (MillraceException e) {
        boolean fenced = e.getMessage().contains("brokers are currently fenced");
        if (!fenced || System.nanoTime() > deadline) {
          throw e;
        }
      }
      pause(act);
    }
  }

  private void pause(String act) {
    try {
      Thread.sleep(10);
    } catch (InterruptedException e) {
      throw answers.interrupted(act, e);
    }
  }

  /** What one broker has done shows at the others, and at itself, a little later. */
  private void awaitShown(BooleanSupplier shown, String act) {
    long deadline = System.nanoTime() + SHOWS.toNanos();
    while (!shown.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new MillraceException(
            ErrorCode.KAFKA_UNAVAILABLE,
            "Cannot " + act + ": the change did not show within " + Units.text(SHOWS));
      }
      pause(act);
    }
  }
}
