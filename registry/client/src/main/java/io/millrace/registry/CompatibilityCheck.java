package io.millrace.registry;

import io.millrace.registry.ContractProblem.Direction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;
import org.apache.avro.SchemaCompatibility.SchemaIncompatibilityType;

/** Whether a new schema fits earlier ones at a level: Avro's own rules, told in sentences. */
final class CompatibilityCheck {
  private CompatibilityCheck() {}

  /** An earlier version and its schema. */
  record Earlier(int version, Schema schema) {}

  /** What speaks against the schema, one sentence each, naming the field; empty where it fits. */
  static List<ContractProblem> problems(
      Compatibility level, Schema schema, List<Earlier> lowestFirst) {
    List<ContractProblem> problems = new ArrayList<>();
    int from = level.isTransitive() ? 0 : Math.max(lowestFirst.size() - 1, 0);
    for (int i = lowestFirst.size() - 1; i >= from; i--) {
      Earlier earlier = lowestFirst.get(i);
      String version = "version " + earlier.version();
      if (level.isBackward()) {
        Comparison back =
            new Comparison(Direction.BACKWARD, "the new schema", version, new HashSet<>());
        problems.addAll(problems(back, schema, earlier.schema()));
      }
      if (level.isForward()) {
        Comparison forth =
            new Comparison(Direction.FORWARD, version, "the new schema", new HashSet<>());
        problems.addAll(problems(forth, earlier.schema(), schema));
      }
    }
    return problems;
  }

  /** One comparison: what its sides are called, and the pairs looked into so far. */
  private record Comparison(
      Direction direction, String readerName, String writerName, Set<List<Schema>> seen) {
    ContractProblem problem(String field, String reason) {
      return new ContractProblem(field, direction, reason);
    }
  }

  private static List<ContractProblem> problems(
      Comparison comparison, Schema reader, Schema writer) {
    List<ContractProblem> problems = new ArrayList<>();
    try {
      collect(comparison, reader, writer, "", problems);
    } catch (AvroRuntimeException e) {
      // Where an alias makes two fields of the writer one of the reader.
      problems.add(
          comparison.problem(
              "",
              "Cannot compare "
                  + comparison.readerName()
                  + " with "
                  + comparison.writerName()
                  + ": "
                  + e.getMessage()));
    }
    return problems;
  }

  private static void collect(
      Comparison comparison,
      Schema reader,
      Schema writer,
      String path,
      List<ContractProblem> problems) {
    // Records that contain each other would lead here for ever.
    if (!comparison.seen().add(List.of(reader, writer))) {
      return;
    }
    for (Incompatibility problem : incompatibilities(reader, writer)) {
      String field = joined(path, field(reader, problem.getLocation()));
      if (problem.getType() == SchemaIncompatibilityType.MISSING_UNION_BRANCH) {
        collectBranches(comparison, problem, field, problems);
      } else {
        problems.add(comparison.problem(field, sentence(comparison, problem, field)));
      }
    }
  }

  /**
   * Avro says of a union only that a branch is not read. Since every nullable column is a union,
   * the reason is looked for in the branch of the same type.
   */
  private static void collectBranches(
      Comparison comparison,
      Incompatibility problem,
      String field,
      List<ContractProblem> problems) {
    List<Schema> readers = branches(problem.getReaderFragment());
    for (Schema branch : branches(problem.getWriterFragment())) {
      if (readers.stream().anyMatch(r -> incompatibilities(r, branch).isEmpty())) {
        continue;
      }
      Optional<Schema> alike =
          readers.stream().filter(r -> r.getType() == branch.getType()).findFirst();
      if (alike.isPresent()) {
        collect(comparison, alike.get(), branch, field, problems);
      } else {
        problems.add(
            comparison.problem(
                field,
                subject(field)
                    + " is "
                    + types(readers)
                    + " in "
                    + comparison.readerName()
                    + ", which cannot read "
                    + branch.getType()
                    + " of "
                    + comparison.writerName()));
      }
    }
  }

  private static List<Incompatibility> incompatibilities(Schema reader, Schema writer) {
    return SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
        .getResult()
        .getIncompatibilities();
  }

  private static List<Schema> branches(Schema schema) {
    return schema.isUnion() ? schema.getTypes() : List.of(schema);
  }

  private static String types(List<Schema> schemas) {
    return schemas.stream().map(s -> s.getType().toString()).collect(Collectors.joining(" or "));
  }

  private static String joined(String path, String field) {
    return path.isEmpty() || field.isEmpty() ? path + field : path + "." + field;
  }

  private static String subject(String field) {
    return field.isEmpty() ? "The schema" : "Field " + field;
  }

  private static String sentence(Comparison comparison, Incompatibility problem, String field) {
    String readerName = comparison.readerName();
    String writerName = comparison.writerName();
    String detail = problem.getMessage();
    return subject(field)
        + switch (problem.getType()) {
          case READER_FIELD_MISSING_DEFAULT_VALUE ->
              " of " + readerName + " is missing in " + writerName + " and has no default value";
          case TYPE_MISMATCH, MISSING_UNION_BRANCH ->
              " is "
                  + types(branches(problem.getReaderFragment()))
                  + " in "
                  + readerName
                  + ", which cannot read "
                  + types(branches(problem.getWriterFragment()))
                  + " of "
                  + writerName;
          case NAME_MISMATCH ->
              " is named "
                  + problem.getReaderFragment().getFullName()
                  + " in "
                  + readerName
                  + " but "
                  + problem.getWriterFragment().getFullName()
                  + " in "
                  + writerName;
          case MISSING_ENUM_SYMBOLS ->
              " lacks in " + readerName + " the symbols " + detail + " of " + writerName;
          case FIXED_SIZE_MISMATCH ->
              " has another size in " + readerName + " than in " + writerName + ": " + detail;
        };
  }

  /**
   * The dotted name of the field that a JSON pointer such as {@code /fields/2/type/1/fields/0}
   * leads to or into; empty for the schema itself.
   */
  static String field(Schema schema, String pointer) {
    StringBuilder name = new StringBuilder();
    String[] steps = pointer.split("/");
    Schema at = schema;
    int i = 1;
    while (i < steps.length) {
      switch (at.getType()) {
        case RECORD:
          if (!steps[i].equals("fields") || i + 1 >= steps.length) {
            return name.toString();
          }
          Schema.Field field = at.getFields().get(Integer.parseInt(steps[i + 1]));
          name.append(name.length() == 0 ? "" : ".").append(field.name());
          at = field.schema();
          // Past "fields", the index and "type".
          i += 3;
          break;
        case ARRAY:
          at = at.getElementType();
          i++;
          break;
        case MAP:
          at = at.getValueType();
          i++;
          break;
        case UNION:
          int branch = Integer.parseInt(steps[i]);
          // The index may count the writer's branches where the reader lacks one.
          if (branch >= at.getTypes().size()) {
            return name.toString();
          }
          at = at.getTypes().get(branch);
          i++;
          break;
        default:
          return name.toString();
      }
    }
    return name.toString();
  }
}
