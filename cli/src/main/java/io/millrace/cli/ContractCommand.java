package io.millrace.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace contract}: what is done with contracts from outside. */
@Command(
    name = "contract",
    description = "Works with contracts.",
    synopsisSubcommandLabel = "check",
    subcommands = ContractCheckCommand.class)
final class ContractCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;
}
