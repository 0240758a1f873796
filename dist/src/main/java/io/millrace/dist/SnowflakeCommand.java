package io.millrace.dist;

import io.millrace.model.MillraceException;
import io.millrace.sink.snowflake.SnowflakeSetup;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code millrace snowflake setup}: prints what an administrator runs, and with {@code --url}
 * checks step by step that a sink could write.
 */
@Command(
    name = "snowflake",
    description = "What INTO snowflake needs.",
    mixinStandardHelpOptions = true,
    subcommands = SnowflakeCommand.Setup.class)
public final class SnowflakeCommand implements Callable<Integer> {
  /** The entry point of {@code millrace snowflake}. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new SnowflakeCommand()).setCommandName("millrace snowflake");
  }

  @Override
  public Integer call() {
    commandLine().usage(System.out);
    return CommandLine.ExitCode.USAGE;
  }

  @Command(
      name = "setup",
      description = "Prints commands and SQL; with --url, checks the login step by step.",
      mixinStandardHelpOptions = true)
  static final class Setup implements Callable<Integer> {
    @Option(names = "--user", defaultValue = "loader", description = "Default: loader.")
    private String user;

    @Option(names = "--role", defaultValue = "loader", description = "Default: loader.")
    private String role;

    @Option(names = "--warehouse", defaultValue = "loading", description = "Default: loading.")
    private String warehouse;

    @Option(names = "--database", defaultValue = "dw", description = "Default: dw.")
    private String database;

    @Option(names = "--schema", defaultValue = "public", description = "Default: public.")
    private String schema;

    @Option(names = "--url", description = "The account's address: check the login there.")
    private String url;

    @Option(names = "--account", description = "The account, where the address lacks it.")
    private String account;

    @Option(
        names = "--private-key-file",
        defaultValue = "rsa_key.p8",
        description = "Default: rsa_key.p8.")
    private String keyFile;

    @Option(
        names = "--private-key-passphrase",
        description = "As a reference: $${env:NAME} or $${file:PATH}.")
    private String passphrase;

    @Override
    public Integer call() {
      if (url == null) {
        print();
        return 0;
      }
      try {
        SnowflakeSetup.check(options(), step -> System.out.println("ok: " + step));
        System.out.println("A sink can write there.");
        return 0;
      } catch (MillraceException e) {
        System.err.println("error: " + e.getMessage());
        e.hint().ifPresent(hint -> System.err.println("hint: " + hint));
        return 1;
      }
    }

    private Map<String, String> options() {
      Map<String, String> options = new TreeMap<>();
      options.put("url", url);
      options.put("user", user);
      options.put("role", role);
      options.put("warehouse", warehouse);
      options.put("database", database);
      options.put("schema", schema);
      options.put("private-key-file", keyFile);
      if (account != null) {
        options.put("account", account);
      }
      if (passphrase != null) {
        options.put("private-key-passphrase", passphrase);
      }
      return options;
    }

    private void print() {
      System.out.println("# A key pair; the first command asks for a passphrase:");
      SnowflakeSetup.keyPair().forEach(System.out::println);
      System.out.println("\n-- In Snowflake, as an administrator:");
      SnowflakeSetup.statements(user, role, warehouse, database, schema)
          .forEach(System.out::println);
      System.out.println(
          "\n-- Table, stage and ledger are made by CREATE SINK. To check the login:\n"
              + "-- millrace snowflake setup --url <account>.snowflakecomputing.com");
    }
  }
}
