package io.millrace.sink.redis;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowKind;
import io.millrace.model.RowWriter;
import io.millrace.sink.EpochId;
import io.millrace.sink.KeyedWriter;
import io.millrace.sink.WriterContext;
import io.millrace.sink.documents.JsonWriter;
import io.millrace.sink.documents.Utf8Buffer;
import io.millrace.sink.parquet.RowLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Gathers rows, of a table the last change of each key, and sends them in one pipeline whenever
 * enough are gathered and at each checkpoint. A script of the server writes each on condition that
 * nothing newer was written, so a writer that was cut off and does not know it changes nothing that
 * its successor wrote. The version is the submission and the record's offset, each as 16
 * hexadecimal digits, so that they compare as text.
 */
final class RedisWriter implements KeyedWriter {
  private static final Logger LOG = LoggerFactory.getLogger(RedisWriter.class);

  /** The field of a hash that has its version. */
  static final String VERSION = "__v";

  /** What the key of a version begins with: of each JSON text, and of a deleted row for a time. */
  static final String VERSIONS = "__millrace:";

  /**
   * Keys: the row's and its version's. Arguments: the version, empty for a stream's row; what is
   * written; how long a deletion's version stays; then fields and values, or the JSON text.
   */
  private static final String SCRIPT =
      """
      local kind = redis.call('TYPE', KEYS[1]).ok
      local json = ARGV[4] == 'json'
      local expected = json and 'string' or 'hash'
      if kind ~= 'none' and kind ~= expected then
        return redis.error_reply('WRONGTYPE ' .. KEYS[1] .. ' is a ' .. kind)
      end
      if ARGV[1] ~= '' then
        local there = redis.call('GET', KEYS[2])
        if not there and kind == 'hash' then
          there = redis.call('HGET', KEYS[1], '__v')
        end
        if there and there > ARGV[1] then
          return 0
        end
      end
      redis.call('DEL', KEYS[1])
      if ARGV[2] == 'delete' then
        redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
        return 1
      end
      if json then
        redis.call('SET', KEYS[1], ARGV[5])
        if ARGV[1] ~= '' then
          redis.call('SET', KEYS[2], ARGV[1])
        end
        return 1
      end
      for i = 5, #ARGV, 2 do
        redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
      end
      if ARGV[1] ~= '' then
        redis.call('HSET', KEYS[1], '__v', ARGV[1])
        redis.call('DEL', KEYS[2])
      end
      return 1
      """;

  private static final byte[] WRITE = ascii("write");
  private static final byte[] DELETE = ascii("delete");
  private static final byte[] JSON = ascii("json");
  private static final byte[] HASH = ascii("hash");

  private final RedisSink sink;
  private final RowLog row;
  private final List<Column> columns;
  private final byte[][] names;
  private final int[] keys;
  private final byte[] prefix;
  private final byte[] keepDeleted;
  private final long epoch;
  private final Utf8Buffer text = new Utf8Buffer();
  private final Utf8Buffer key = new Utf8Buffer();
  private final JsonWriter values;
  private final Map<ByteBuffer, Change> changes = new LinkedHashMap<>();
  private final Jedis client;
  private byte[] script;
  private long bytes;
  private RowKind kind;
  private int partition;
  private long offset;

  /** The last change of a key. */
  private record Change(
      List<byte[]> keys, List<byte[]> arguments, int bytes, int partition, long offset) {}

  RedisWriter(RedisSink sink, WriterContext context) throws IOException {
    this.sink = sink;
    this.row =
        sink.table()
            ? RowLog.ofChanges(sink.schema(), this::write)
            : new RowLog(sink.schema(), this::write);
    this.columns = sink.schema().columns();
    this.names =
        columns.stream().map(c -> c.name().getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
    this.keys = sink.schema().keyIndexes();
    this.prefix = sink.prefix().getBytes(StandardCharsets.UTF_8);
    this.keepDeleted = ascii(Long.toString(sink.keepDeleted()));
    this.epoch = context.epoch();
    this.values = new JsonWriter(sink.schema(), text);
    try {
      this.client = sink.place().connect();
    } catch (JedisException e) {
      throw sink.place().failure(e);
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public RowWriter rows() {
    return row;
  }

  @Override
  public void next(int ofPartition, long atOffset, RowKind ofKind) {
    if (ofKind == RowKind.DELETE && !sink.table()) {
      throw new IllegalArgumentException("A stream has no deletes");
    }
    this.partition = ofPartition;
    this.offset = atOffset;
    this.kind = ofKind;
  }

  private void write() {
    boolean delete = kind == RowKind.DELETE;
    List<byte[]> arguments = new ArrayList<>();
    arguments.add(version());
    arguments.add(delete ? DELETE : WRITE);
    arguments.add(keepDeleted);
    arguments.add(sink.json() ? JSON : HASH);
    if (!delete) {
      row.requireValues(sink.schema());
      addValues(arguments);
    }
    byte[] name = key();
    byte[] version = Arrays.copyOf(ascii(VERSIONS), VERSIONS.length() + name.length);
    System.arraycopy(name, 0, version, VERSIONS.length(), name.length);
    int size = 2 * name.length + arguments.stream().mapToInt(a -> a.length).sum();
    Change change = new Change(List.of(name, version), arguments, size, partition, offset);
    Change before = changes.put(ByteBuffer.wrap(name), change);
    bytes += size - (before == null ? 0 : before.bytes());
    if (changes.size() >= sink.maxRows() || bytes >= sink.maxBytes()) {
      try {
        apply();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private byte[] version() {
    text.clear();
    if (sink.table()) {
      hexadecimal(epoch);
      hexadecimal(offset);
    }
    return text.toByteArray();
  }

  private void hexadecimal(long value) {
    text.addHexadecimal((int) (value >>> 32), 8);
    text.addHexadecimal((int) value, 8);
  }

  private void addValues(List<byte[]> arguments) {
    if (sink.json()) {
      text.clear();
      row.replay(values);
      arguments.add(text.toByteArray());
      return;
    }
    for (int i = 0; i < names.length; i++) {
      if (!row.isNull(i)) {
        arguments.add(names[i]);
        arguments.add(value(i));
      }
    }
  }

  /** A value as text: without quotes, but nested ones as JSON. */
  private byte[] value(int column) {
    if (columns.get(column).type().kind() == DataType.Kind.STRING) {
      return row.getUtf8(column);
    }
    text.clear();
    values.beginValue();
    row.replay(column, values);
    // Of what is not a text, only what needs no escapes is quoted.
    return text.array()[0] == '"'
        ? Arrays.copyOfRange(text.array(), 1, text.size() - 1)
        : text.toByteArray();
  }

  private byte[] key() {
    key.clear();
    key.add(prefix, 0, prefix.length);
    if (!sink.table()) {
      key.addLong(partition);
      key.add('-');
      key.addLong(offset);
      return key.toByteArray();
    }
    for (int i = 0; i < keys.length; i++) {
      if (i > 0) {
        key.add(':');
      }
      byte[] value = value(keys[i]);
      for (int at = 0; at < value.length; at++) {
        switch (value[at]) {
          case ':' -> key.addAscii("%3A");
          case '%' -> key.addAscii("%25");
          default -> key.add(value, at, 1);
        }
      }
    }
    return key.toByteArray();
  }

  @Override
  public void flush(EpochId epochId) throws IOException {
    apply();
  }

  private void apply() throws IOException {
    if (changes.isEmpty()) {
      return;
    }
    try {
      if (script == null) {
        load();
      }
      if (!send()) {
        // The server was restarted or its scripts were flushed; writing again changes nothing.
        load();
        if (!send()) {
          throw new IOException("Failed to write to " + sink.place() + ": it forgets its scripts");
        }
      }
    } catch (JedisException e) {
      throw sink.place().failure(e);
    }
    changes.clear();
    bytes = 0;
  }

  private void load() {
    script = ascii(client.scriptLoad(SCRIPT));
  }

  /** Answers false where the server does not know the script. */
  private boolean send() throws IOException {
    List<Response<Object>> answers = new ArrayList<>(changes.size());
    try (Pipeline pipeline = client.pipelined()) {
      for (Change change : changes.values()) {
        answers.add(pipeline.evalsha(script, change.keys(), change.arguments()));
      }
      pipeline.sync();
    }
    int at = 0;
    for (Change change : changes.values()) {
      try {
        answers.get(at++).get();
      } catch (JedisDataException e) {
        if (Place.firstWord(e).equals("NOSCRIPT")) {
          return false;
        }
        if (Place.mayPass(e)) {
          throw sink.place().failure(e);
        }
        throw refused(change, e);
      }
    }
    return true;
  }

  private MillraceException refused(Change change, JedisDataException e) {
    return new MillraceException(
            ErrorCode.SINK_FAILED,
            "Cannot write the record at offset "
                + change.offset()
                + " of partition "
                + change.partition()
                + " to "
                + sink.place()
                + ": "
                + e.getMessage(),
            e)
        .hint(
            "Remove the key that is in the way, or choose another 'key-prefix'; then RESUME the"
                + " sink, which goes on where it stood.");
  }

  @Override
  public void close() {
    try {
      client.close();
    } catch (JedisConnectionException e) {
      LOG.debug("Closed a connection that was broken: {}", e.getMessage());
    }
  }
}
