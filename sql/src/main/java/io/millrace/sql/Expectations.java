package io.millrace.sql;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.atn.ATN;
import org.antlr.v4.runtime.atn.ATNState;
import org.antlr.v4.runtime.atn.NotSetTransition;
import org.antlr.v4.runtime.atn.RuleStopState;
import org.antlr.v4.runtime.atn.RuleTransition;
import org.antlr.v4.runtime.atn.Transition;

/**
 * Where a statement stops making sense, and what could stand there. The parser generator tells
 * either, but not both once a decision needs more than one word; so this walks all paths of the
 * grammar's network at once, word by word, until none is left. Used for errors only.
 */
final class Expectations {
  /** Rules named in words where an error stands at their start or right behind their end. */
  private static final Map<Integer, String> WORDS =
      Map.ofEntries(
          Map.entry(EnvelopeParser.RULE_statement, "statement"),
          Map.entry(EnvelopeParser.RULE_columns, "column list"),
          Map.entry(EnvelopeParser.RULE_columnElement, "column"),
          Map.entry(EnvelopeParser.RULE_physicalColumn, "column"),
          Map.entry(EnvelopeParser.RULE_columnNames, "list of column names"),
          Map.entry(EnvelopeParser.RULE_columnName, "column name"),
          Map.entry(EnvelopeParser.RULE_assigned, "column name"),
          Map.entry(EnvelopeParser.RULE_name, "name"),
          Map.entry(EnvelopeParser.RULE_word, "name"),
          Map.entry(EnvelopeParser.RULE_sinkType, "sink type"),
          Map.entry(EnvelopeParser.RULE_topic, "topic"),
          Map.entry(EnvelopeParser.RULE_type, "type"),
          Map.entry(EnvelopeParser.RULE_query, "query"),
          Map.entry(EnvelopeParser.RULE_selectQuery, "query"),
          Map.entry(EnvelopeParser.RULE_values, "list of values"),
          Map.entry(EnvelopeParser.RULE_assignment, "assignment"),
          Map.entry(EnvelopeParser.RULE_expression, "expression"),
          Map.entry(EnvelopeParser.RULE_condition, "condition"),
          Map.entry(EnvelopeParser.RULE_optionList, "list of options"),
          Map.entry(EnvelopeParser.RULE_option, "option"),
          Map.entry(EnvelopeParser.RULE_optionKey, "key"),
          Map.entry(EnvelopeParser.RULE_optionValue, "value"),
          Map.entry(EnvelopeParser.RULE_string, "string in single quotes"),
          Map.entry(EnvelopeParser.RULE_integer, "whole number"));

  /** These are named by the word itself where they stand before an error. */
  private static final Set<Integer> PLAIN =
      Set.of(
          EnvelopeParser.RULE_statement,
          EnvelopeParser.RULE_word,
          EnvelopeParser.RULE_string,
          EnvelopeParser.RULE_integer);

  /** Possible almost anywhere: naming these would hide what is meant. */
  private static final Set<Integer> QUIET =
      Set.of(
          EnvelopeParser.RULE_qualified,
          EnvelopeParser.RULE_ifNotExists,
          EnvelopeParser.RULE_ifExists,
          EnvelopeParser.RULE_orReplace,
          EnvelopeParser.RULE_notEnforced,
          EnvelopeParser.RULE_typePrecision,
          EnvelopeParser.RULE_typeArguments,
          EnvelopeParser.RULE_typeZone,
          EnvelopeParser.RULE_typeNull,
          EnvelopeParser.RULE_queryItem,
          EnvelopeParser.RULE_expressionItem,
          EnvelopeParser.RULE_inner,
          EnvelopeParser.RULE_angleInner,
          EnvelopeParser.RULE_bracketInner);

  private static final int MAX_TOKEN_TYPE = EnvelopeParser._ATN.maxTokenType;

  /** A rule being read: where it began, and where to go on behind it. */
  private record Frame(int rule, int start, ATNState next, Frame caller) {}

  /** A rule that ended right before the word at hand. */
  private record Ended(int rule, int start) {}

  private record Path(ATNState state, Frame frame, Ended ended) {}

  private final List<Token> tokens;
  private int stop;
  private Set<Path> paths;
  private Set<Path> pathsBefore = Set.of();

  /** {@code tokens}: the seen ones of one statement and its EOF. */
  Expectations(List<Token> tokens) {
    this.tokens = tokens;
    ATN atn = EnvelopeParser._ATN;
    ATNState start = atn.ruleToStartState[EnvelopeParser.RULE_single];
    Frame single = new Frame(EnvelopeParser.RULE_single, 0, null, null);
    paths = reachable(Set.of(new Path(start, single, null)), 0);
    while (stop < tokens.size()) {
      Set<Path> next = reachable(read(paths, tokens.get(stop).getType()), stop + 1);
      if (next.isEmpty()) {
        return;
      }
      pathsBefore = paths;
      paths = next;
      stop++;
    }
  }

  private static Set<Path> read(Set<Path> paths, int type) {
    Set<Path> next = new LinkedHashSet<>();
    for (Path path : paths) {
      for (Transition transition : path.state().getTransitions()) {
        if (transition.matches(type, Token.MIN_USER_TOKEN_TYPE, MAX_TOKEN_TYPE)) {
          next.add(new Path(transition.target, path.frame(), null));
        }
      }
    }
    return next;
  }

  /** The words a transition names; one that takes all but some names none. */
  private static List<Integer> labels(Transition transition) {
    return transition.label() == null || transition instanceof NotSetTransition
        ? List.of()
        : transition.label().toList();
  }

  /** All paths to where a word is read next, through beginnings and ends of rules. */
  private static Set<Path> reachable(Set<Path> from, int index) {
    Set<Path> seen = new LinkedHashSet<>(from);
    Deque<Path> open = new ArrayDeque<>(from);
    while (!open.isEmpty()) {
      for (Path next : following(open.remove(), index)) {
        if (seen.add(next)) {
          open.add(next);
        }
      }
    }
    seen.removeIf(path -> path.state().onlyHasEpsilonTransitions());
    return seen;
  }

  private static List<Path> following(Path path, int index) {
    Frame frame = path.frame();
    if (path.state() instanceof RuleStopState) {
      return frame.next() == null
          ? List.of()
          : List.of(new Path(frame.next(), frame.caller(), ended(path, index)));
    }
    List<Path> following = new ArrayList<>();
    for (Transition transition : path.state().getTransitions()) {
      if (transition instanceof RuleTransition rule) {
        Frame callee = new Frame(rule.ruleIndex, index, rule.followState, frame);
        following.add(new Path(rule.target, callee, path.ended()));
      } else if (transition.isEpsilon()) {
        following.add(new Path(transition.target, frame, path.ended()));
      }
    }
    return following;
  }

  /** The innermost rule with a name in words counts as what ended. */
  private static Ended ended(Path path, int index) {
    Frame frame = path.frame();
    boolean named =
        path.ended() == null
            && WORDS.containsKey(frame.rule())
            && !PLAIN.contains(frame.rule())
            && frame.start() < index;
    return named ? new Ended(frame.rule(), frame.start()) : path.ended();
  }

  /** The index of the first word that no path can read. */
  int stop() {
    return stop;
  }

  Token found() {
    return tokens.get(Math.min(stop, tokens.size() - 1));
  }

  Optional<Token> previous() {
    return stop == 0 ? Optional.empty() : Optional.of(tokens.get(stop - 1));
  }

  /** Whether an error stands inside the given rule. */
  boolean isWithin(int rule) {
    return paths.stream().anyMatch(path -> isWithin(path.frame(), rule));
  }

  private boolean isWithin(Frame innermost, int rule) {
    for (Frame frame = innermost; frame != null; frame = frame.caller()) {
      if (frame.rule() == rule && frame.start() < stop) {
        return true;
      }
    }
    return false;
  }

  /** "a column list, WITH or AS". */
  String expected() {
    Set<String> described = new LinkedHashSet<>();
    Set<Integer> literals = new TreeSet<>();
    for (Path path : paths) {
      Optional<Frame> outermost = outermost(path.frame(), stop);
      if (outermost.isEmpty()) {
        for (Transition transition : path.state().getTransitions()) {
          literals.addAll(labels(transition));
        }
      } else if (WORDS.containsKey(outermost.get().rule())) {
        described.add(withArticle(WORDS.get(outermost.get().rule())));
      }
    }
    List<String> all = new ArrayList<>(described);
    literals.stream().filter(type -> type > 0).map(Expectations::phrase).forEach(all::add);
    if (literals.contains(Token.EOF)) {
      all.add("the end of the statement");
    }
    return joined(all);
  }

  private static Optional<Frame> outermost(Frame innermost, int start) {
    Frame found = null;
    for (Frame frame = innermost; frame != null && frame.start() == start; frame = frame.caller()) {
      if (QUIET.contains(frame.rule()) || WORDS.containsKey(frame.rule())) {
        found = frame;
      }
    }
    return Optional.ofNullable(found);
  }

  private static String withArticle(String words) {
    return ("aeiou".indexOf(words.charAt(0)) < 0 ? "a " : "an ") + words;
  }

  private static String joined(List<String> words) {
    return words.size() < 2
        ? String.join("", words)
        : String.join(", ", words.subList(0, words.size() - 1))
            + " or "
            + words.get(words.size() - 1);
  }

  /** A keyword with the one that always follows it. */
  private static String phrase(int type) {
    return switch (type) {
      case EnvelopeLexer.PRIMARY -> "PRIMARY KEY";
      case EnvelopeLexer.DEAD -> "DEAD LETTERS";
      default -> literal(type);
    };
  }

  private static String literal(int type) {
    String literal = EnvelopeLexer.VOCABULARY.getLiteralName(type);
    if (literal == null) {
      return type == EnvelopeLexer.EMIT_CHANGES ? "EMIT CHANGES" : "a name";
    }
    String bare = literal.substring(1, literal.length() - 1);
    return Character.isLetter(bare.charAt(0)) ? bare : literal;
  }

  /** " after the stream name", or nothing at the start. */
  String after() {
    if (stop == 0) {
      return "";
    }
    Optional<Ended> ended =
        paths.stream()
            .flatMap(path -> Optional.ofNullable(path.ended()).stream())
            .max((a, b) -> Integer.compare(a.start(), b.start()));
    return " after " + ended.map(this::described).orElseGet(() -> quoted(tokens.get(stop - 1)));
  }

  private String described(Ended ended) {
    String words = WORDS.get(ended.rule());
    return ended.rule() == EnvelopeParser.RULE_name
        ? "the " + kindBefore(ended.start()) + words
        : "the " + words;
  }

  /** "stream " where the name stands behind STREAM [IF NOT EXISTS]. */
  private String kindBefore(int start) {
    for (int i = start - 1; i >= 0; i--) {
      String word = Lexing.keyword(tokens.get(i));
      if (Set.of("STREAM", "TABLE", "VIEW", "QUERY", "SINK", "SOURCE").contains(word)) {
        return word.toLowerCase(Locale.ROOT) + " ";
      }
      if (!Set.of("IF", "NOT", "EXISTS").contains(word)) {
        return "";
      }
    }
    return "";
  }

  static String quoted(Token token) {
    if (token.getType() == Token.EOF) {
      return "the end of the statement";
    }
    String text = token.getText().lines().findFirst().orElse("");
    String shown = text.length() > 40 ? text.substring(0, 37) + "..." : text;
    return shown.startsWith("'") ? shown : "'" + shown + "'";
  }

  /** The keywords that could stand here: candidates for what was meant. */
  List<String> keywords() {
    return keywords(paths);
  }

  /** The keywords that could have stood where the word before stands. */
  List<String> keywordsBefore() {
    return keywords(pathsBefore);
  }

  private static List<String> keywords(Set<Path> paths) {
    Set<String> keywords = new LinkedHashSet<>();
    for (Path path : paths) {
      int rule = path.frame().rule();
      if (rule == EnvelopeParser.RULE_word || rule == EnvelopeParser.RULE_anyWord) {
        continue;
      }
      for (Transition transition : path.state().getTransitions()) {
        labels(transition).stream()
            .filter(type -> type >= EnvelopeLexer.ADD && type <= EnvelopeLexer.ZONE)
            .map(Expectations::literal)
            .forEach(keywords::add);
      }
    }
    return List.copyOf(keywords);
  }
}
