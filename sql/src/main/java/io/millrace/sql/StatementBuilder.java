package io.millrace.sql;

import io.millrace.model.DataType;
import io.millrace.model.MillraceException;
import io.millrace.model.MillraceException.Place;
import io.millrace.model.Name;
import io.millrace.model.Nearest;
import io.millrace.model.TypeParser;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.misc.Interval;
import org.antlr.v4.runtime.tree.ParseTree;

/** A parse tree to its statement. */
final class StatementBuilder extends EnvelopeBaseVisitor<Statement> {

  @Override
  public Statement visitCreateSchema(EnvelopeParser.CreateSchemaContext c) {
    String schema = Lexing.unquoted(c.word().start);
    return new CreateSchema(at(c.word(), () -> Name.of(schema)).object(), c.ifNotExists() != null);
  }

  @Override
  public Statement visitCreateRelation(EnvelopeParser.CreateRelationContext c) {
    EnvelopeParser.RelationBodyContext body = c.relationBody();
    Columns columns = new Columns(body.columns());
    return new CreateRelation(
        name(c.name()),
        c.relationKind().TABLE() != null,
        c.orReplace() != null,
        c.ifNotExists() != null,
        columns.definitions,
        columns.watermark,
        columns.primaryKey,
        comment(body.comment()),
        with(body.with()),
        optional(body.query(), StatementBuilder::text));
  }

  /** The elements of a column list, told apart. */
  private static final class Columns {
    final List<ColumnDefinition> definitions = new ArrayList<>();
    Optional<WatermarkDefinition> watermark = Optional.empty();
    List<String> primaryKey = List.of();

    Columns(EnvelopeParser.ColumnsContext list) {
      if (list != null) {
        list.columnElement().forEach(this::add);
      }
    }

    private void add(EnvelopeParser.ColumnElementContext element) {
      if (element.watermark() != null) {
        if (watermark.isPresent()) {
          throw StatementParser.error("WATERMARK is said twice", place(element));
        }
        watermark =
            Optional.of(
                new WatermarkDefinition(
                    column(element.watermark().columnName()),
                    text(element.watermark().expression()).text()));
      } else if (element.primaryKey() != null) {
        setPrimaryKey(columnNames(element.primaryKey().columnNames()), element);
      } else {
        add(element.column());
      }
    }

    private void add(EnvelopeParser.ColumnContext c) {
      String name = column(c.columnName());
      Optional<String> comment = comment(c.comment());
      if (c.columnKey() != null) {
        setPrimaryKey(List.of(name), c.columnKey());
      }
      if (c.expression() != null) {
        definitions.add(new ColumnDefinition.Computed(name, text(c.expression()).text(), comment));
      } else if (c.metadata() != null) {
        definitions.add(
            new ColumnDefinition.Metadata(
                name,
                type(c.type()),
                optional(c.metadata().string(), s -> Lexing.unquoted(s.start)),
                c.metadata().VIRTUAL() != null,
                comment));
      } else {
        definitions.add(new ColumnDefinition.Physical(name, type(c.type()), comment));
      }
    }

    private void setPrimaryKey(List<String> columns, ParserRuleContext where) {
      if (!primaryKey.isEmpty()) {
        throw StatementParser.error("PRIMARY KEY is said twice", place(where))
            .hint("A key of several columns is PRIMARY KEY (a, b), after the columns.");
      }
      primaryKey = columns;
    }
  }

  @Override
  public Statement visitCreateQuery(EnvelopeParser.CreateQueryContext c) {
    return new CreateQuery(
        name(c.name(0)),
        c.ifNotExists() != null,
        name(c.name(1)),
        columnNames(c.columnNames()),
        text(c.query()),
        with(c.with()));
  }

  @Override
  public Statement visitCreateView(EnvelopeParser.CreateViewContext c) {
    return new CreateView(
        name(c.name()),
        c.orReplace() != null,
        c.ifNotExists() != null,
        comment(c.comment()),
        text(c.query()));
  }

  @Override
  public Statement visitCreateSink(EnvelopeParser.CreateSinkContext c) {
    return new CreateSink(
        name(c.name(0)),
        c.ifNotExists() != null,
        optional(c.name(1), StatementBuilder::name),
        optional(c.query(), StatementBuilder::text),
        Lexing.unquoted(c.sinkType().start).toLowerCase(Locale.ROOT),
        with(c.with()));
  }

  @Override
  public Statement visitCreateSource(EnvelopeParser.CreateSourceContext c) {
    return new CreateSource(
        name(c.name(0)),
        c.ifNotExists() != null,
        Lexing.unquoted(c.sourceType().start).toLowerCase(Locale.ROOT),
        optional(c.name(1), StatementBuilder::name),
        optional(c.word(), word -> Lexing.unquoted(word.start)),
        with(c.with()));
  }

  @Override
  public Statement visitInsert(EnvelopeParser.InsertContext c) {
    Name target = name(c.name());
    List<String> columns = columnNames(c.columnNames());
    return c.values() == null
        ? new InsertQuery(target, columns, text(c.selectQuery()))
        : new InsertValues(target, columns, text(c.values()));
  }

  @Override
  public Statement visitUpdate(EnvelopeParser.UpdateContext c) {
    return new Update(
        name(c.name()),
        c.assignment().stream()
            .map(a -> new Assignment(column(a.assigned()), text(a.expression())))
            .toList(),
        text(c.condition()));
  }

  @Override
  public Statement visitDelete(EnvelopeParser.DeleteContext c) {
    return new Delete(name(c.name()), text(c.condition()));
  }

  @Override
  public Statement visitAddColumn(EnvelopeParser.AddColumnContext c) {
    return addColumns(c.name(), c.relationKind(), c.ifNotExists() != null, c.physicalColumn());
  }

  @Override
  public Statement visitAddColumns(EnvelopeParser.AddColumnsContext c) {
    return addColumns(c.name(), c.relationKind(), false, c.physicalColumn());
  }

  private static Statement addColumns(
      EnvelopeParser.NameContext name,
      EnvelopeParser.RelationKindContext kind,
      boolean ifNotExists,
      List<EnvelopeParser.PhysicalColumnContext> columns) {
    return new AlterAddColumn(
        name(name),
        kind.TABLE() != null,
        ifNotExists,
        columns.stream()
            .map(
                c ->
                    new ColumnDefinition.Physical(
                        column(c.columnName()), type(c.type()), comment(c.comment())))
            .toList());
  }

  @Override
  public Statement visitAlterType(EnvelopeParser.AlterTypeContext c) {
    return new AlterColumnType(
        name(c.name()), c.relationKind().TABLE() != null, column(c.columnName()), type(c.type()));
  }

  @Override
  public Statement visitAlterSet(EnvelopeParser.AlterSetContext c) {
    return new AlterSet(name(c.name()), c.relationKind().TABLE() != null, options(c.optionList()));
  }

  @Override
  public Statement visitPreview(EnvelopeParser.PreviewContext c) {
    return new Preview(text(c.query()));
  }

  @Override
  public Statement visitPrint(EnvelopeParser.PrintContext c) {
    EnvelopeParser.TopicContext topic = c.topic();
    String name =
        topic.string() != null
            ? Lexing.unquoted(topic.string().start)
            : Lexing.unquoted(topic.word().start)
                + topic.qualified().stream()
                    .map(q -> "." + Lexing.unquoted(q.word().start))
                    .collect(Collectors.joining());
    return new Print(name, c.BEGINNING() != null, limit(c.limit()));
  }

  @Override
  public Statement visitShowAll(EnvelopeParser.ShowAllContext c) {
    return new Show(Show.Kind.valueOf(Lexing.keyword(c.stop)), Optional.empty());
  }

  @Override
  public Statement visitShowVersions(EnvelopeParser.ShowVersionsContext c) {
    return new Show(Show.Kind.VERSIONS, Optional.of(name(c.name())));
  }

  @Override
  public Statement visitShowDeadLetters(EnvelopeParser.ShowDeadLettersContext c) {
    return new Show(Show.Kind.DEAD_LETTERS, optional(c.name(), StatementBuilder::name));
  }

  @Override
  public Statement visitShowCreate(EnvelopeParser.ShowCreateContext c) {
    return new ShowCreate(name(c.name()));
  }

  @Override
  public Statement visitShowContract(EnvelopeParser.ShowContractContext c) {
    return new ShowContract(
        name(c.name()),
        c.integer() == null ? OptionalInt.empty() : OptionalInt.of(version(c.integer())));
  }

  @Override
  public Statement visitDescribe(EnvelopeParser.DescribeContext c) {
    return new Describe(name(c.name()), c.EXTENDED() != null);
  }

  @Override
  public Statement visitExplain(EnvelopeParser.ExplainContext c) {
    return new Explain(visit(c.statement()), text(c.statement()).text());
  }

  @Override
  public Statement visitPause(EnvelopeParser.PauseContext c) {
    return new PauseResume(true, target(c), name(c.name()), false);
  }

  @Override
  public Statement visitResume(EnvelopeParser.ResumeContext c) {
    return new PauseResume(false, target(c), name(c.name()), c.SKIP_() != null);
  }

  private static PauseResume.Target target(ParserRuleContext c) {
    return PauseResume.Target.valueOf(second(c));
  }

  @Override
  public Statement visitDrop(EnvelopeParser.DropContext c) {
    return new Drop(
        Drop.Kind.valueOf(second(c)), name(c.name()), c.ifExists() != null, c.CASCADE() != null);
  }

  /** The word behind the leading one, in capitals. */
  private static String second(ParserRuleContext c) {
    return c.getChild(1).getText().toUpperCase(Locale.ROOT);
  }

  @Override
  public Statement visitReplay(EnvelopeParser.ReplayContext c) {
    return new ReplayDeadLetters(
        optional(c.name(), StatementBuilder::name),
        optional(c.condition(), StatementBuilder::text));
  }

  @Override
  public Statement visitRollback(EnvelopeParser.RollbackContext c) {
    return new Rollback(name(c.name()), version(c.integer()));
  }

  @Override
  public Statement visitSelect(EnvelopeParser.SelectContext c) {
    QueryText query = text(c.query());
    if (c.EMIT_CHANGES() == null) {
      checkNotAlmostPush(c);
      return new Select(query);
    }
    return new PushSelect(query, limit(c.limit()), with(c.with()));
  }

  /** {@code ... EMIT CHANGE} would else be an alias and a puzzling answer. */
  private static void checkNotAlmostPush(EnvelopeParser.SelectContext c) {
    List<EnvelopeParser.QueryItemContext> items = c.query().queryItem();
    for (int i = Math.max(0, items.size() - 4); i + 1 < items.size(); i++) {
      Token word = items.get(i + 1).start;
      if (Lexing.keyword(items.get(i).start).equals("EMIT")
          && Nearest.to(word.getText(), List.of("CHANGES")).isPresent()) {
        throw StatementParser.error(
                "expected CHANGES after EMIT, found " + Expectations.quoted(word),
                Lexing.place(word))
            .hint("Did you mean EMIT CHANGES?");
      }
    }
  }

  private static Name name(EnvelopeParser.NameContext c) {
    String first = Lexing.unquoted(c.word().start);
    return at(
        c,
        () ->
            c.qualified() == null
                ? Name.of(first)
                : new Name(first, Lexing.unquoted(c.qualified().word().start)));
  }

  private static String column(ParserRuleContext c) {
    String name = Lexing.unquoted(c.start);
    if (name.isEmpty()) {
      throw StatementParser.error("a column has no name", place(c));
    }
    return name;
  }

  private static List<String> columnNames(EnvelopeParser.ColumnNamesContext c) {
    return c == null ? List.of() : c.columnName().stream().map(n -> column(n)).toList();
  }

  private static DataType type(EnvelopeParser.TypeContext c) {
    return at(c, () -> TypeParser.parse(text(c).text()));
  }

  private static Optional<String> comment(EnvelopeParser.CommentContext c) {
    return optional(c, comment -> Lexing.unquoted(comment.string().start));
  }

  private static Map<String, String> with(EnvelopeParser.WithContext c) {
    return c == null ? Map.of() : options(c.optionList());
  }

  private static Map<String, String> options(EnvelopeParser.OptionListContext c) {
    Map<String, String> options = new LinkedHashMap<>();
    for (EnvelopeParser.OptionContext option : c.option()) {
      String key = plain(option.optionKey());
      if (options.put(key, plain(option.optionValue())) != null) {
        throw StatementParser.error("'" + key + "' is said twice", place(option.optionKey()));
      }
    }
    return options;
  }

  /** Words and signs without quotes and spaces. */
  private static String plain(ParseTree tree) {
    if (tree.getChildCount() == 0) {
      return Lexing.unquoted((Token) tree.getPayload());
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < tree.getChildCount(); i++) {
      text.append(plain(tree.getChild(i)));
    }
    return text.toString();
  }

  private static OptionalLong limit(EnvelopeParser.LimitContext c) {
    return c == null ? OptionalLong.empty() : OptionalLong.of(number(c.integer()));
  }

  private static int version(EnvelopeParser.IntegerContext c) {
    long number = number(c);
    if (number > Integer.MAX_VALUE) {
      throw tooLarge(c);
    }
    return (int) number;
  }

  private static long number(EnvelopeParser.IntegerContext c) {
    try {
      return Long.parseLong(c.getText());
    } catch (NumberFormatException e) {
      throw tooLarge(c);
    }
  }

  private static MillraceException tooLarge(EnvelopeParser.IntegerContext c) {
    return StatementParser.error("the number " + c.getText() + " is too large", place(c));
  }

  private static <C, T> Optional<T> optional(C context, Function<C, T> reader) {
    return Optional.ofNullable(context).map(reader);
  }

  /** Errors of the nouns get their place. */
  private static <T> T at(ParserRuleContext c, Supplier<T> reader) {
    try {
      return reader.get();
    } catch (MillraceException e) {
      throw e.at(place(c));
    }
  }

  private static Place place(ParserRuleContext c) {
    Place start = Lexing.place(c.start);
    boolean oneLine = c.stop.getLine() == c.start.getLine();
    int length = c.stop.getCharPositionInLine() + 1 + Lexing.place(c.stop).length();
    return oneLine ? new Place(start.line(), start.column(), length - start.column()) : start;
  }

  private static QueryText text(ParserRuleContext c) {
    return new QueryText(
        text(c.start, c.stop), c.start.getLine(), c.start.getCharPositionInLine() + 1);
  }

  /** The text from one token to another as written. */
  static String text(Token first, Token last) {
    return first.getInputStream().getText(Interval.of(first.getStartIndex(), last.getStopIndex()));
  }
}
