package io.millrace.interop.spark;

import io.millrace.model.Positions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.spark.sql.connector.expressions.Expression;
import org.apache.spark.sql.connector.expressions.Literal;
import org.apache.spark.sql.connector.expressions.NamedReference;
import org.apache.spark.sql.connector.expressions.filter.Predicate;

/**
 * What filters on metadata say of the offsets that a batch has to read. They only narrow the range:
 * Spark looks at each row all the same. A latest timestamp narrows nothing, for records may be out
 * of order; before the first one of a timestamp there is none of a later one.
 */
final class Bounds {
  private final List<Predicate> used = new ArrayList<>();
  private OptionalInt partition = OptionalInt.empty();
  private long minOffset = 0;
  private long endOffset = Long.MAX_VALUE;
  private OptionalLong minMillis = OptionalLong.empty();

  /** Takes what it can use of filters that all hold. */
  void add(Predicate[] predicates) {
    for (Predicate predicate : predicates) {
      Expression[] sides = predicate.children();
      if (sides.length == 2
          && sides[0] instanceof NamedReference column
          && sides[1] instanceof Literal<?> literal
          && literal.value() instanceof Number value
          && add(column.fieldNames()[0], predicate.name(), value.longValue())) {
        used.add(predicate);
      }
    }
  }

  private boolean add(String column, String comparison, long value) {
    return switch (Metadata.of(column).map(Enum::name).orElse("") + comparison) {
      case "OFFSET=" -> offsets(value, value + 1);
      case "OFFSET>=" -> offsets(value, Long.MAX_VALUE);
      case "OFFSET>" -> offsets(value + 1, Long.MAX_VALUE);
      case "OFFSET<=" -> offsets(0, value + 1);
      case "OFFSET<" -> offsets(0, value);
      case "PARTITION=" -> {
        partition = OptionalInt.of((int) value);
        yield true;
      }
      case "TIMESTAMP=", "TIMESTAMP>=", "TIMESTAMP>" -> {
        long millis = Math.floorDiv(value, 1000L);
        minMillis = OptionalLong.of(Math.max(millis, minMillis.orElse(millis)));
        yield true;
      }
      default -> false;
    };
  }

  private boolean offsets(long from, long end) {
    minOffset = Math.max(minOffset, from);
    endOffset = Math.min(endOffset, end);
    return true;
  }

  Predicate[] used() {
    return used.toArray(Predicate[]::new);
  }

  /** What is read only, for the plan that Spark shows. */
  @Override
  public String toString() {
    List<String> texts = new ArrayList<>();
    partition.ifPresent(one -> texts.add("_partition = " + one));
    minMillis.ifPresent(one -> texts.add("_timestamp >= " + Instant.ofEpochMilli(one)));
    if (minOffset > 0) {
      texts.add("_offset >= " + minOffset);
    }
    if (endOffset < Long.MAX_VALUE) {
      texts.add("_offset < " + endOffset);
    }
    return texts.isEmpty() ? "" : " where " + String.join(" and ", texts);
  }

  /** The later of each start and what is asked for. */
  Positions start(Positions start, Connections connections, String topic) {
    Positions from =
        minMillis.isEmpty()
            ? start
            : start.max(connections.log().at(topic, Instant.ofEpochMilli(minMillis.getAsLong())));
    return map(from, offset -> Math.max(offset, minOffset));
  }

  /** The earlier of each end and what is asked for, but none before its start. */
  Positions end(Positions start, Positions end) {
    Map<Integer, Long> offsets = new TreeMap<>(map(end, o -> Math.min(o, endOffset)).offsets());
    offsets.keySet().removeIf(p -> partition.isPresent() && p != partition.getAsInt());
    offsets.replaceAll((p, offset) -> Math.max(offset, start.offsets().getOrDefault(p, offset)));
    return Positions.of(offsets);
  }

  private static Positions map(Positions of, java.util.function.LongUnaryOperator to) {
    Map<Integer, Long> offsets = new TreeMap<>(of.offsets());
    offsets.replaceAll((partition, offset) -> to.applyAsLong(offset));
    return Positions.of(offsets);
  }
}
