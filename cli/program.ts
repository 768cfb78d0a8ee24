import { Command, CommanderError, Help } from "commander";
import { nearest } from "../schema/files/nearest.ts";
import type { CommandSpec, Example, Selector } from "./command-spec.ts";
import { COMMANDS } from "./commands/index.ts";
import { type Flags, GLOBAL_OPTIONS } from "./options.ts";
import { type ColorChoice, paintLine } from "./render/screen.ts";
import { strong } from "./render/segments.ts";
import { argumentOf, optionOf } from "./specified.ts";
import { LIST_HINT, usage, usageError } from "./usage.ts";

/** What the arguments ask for. */
export type Parsed =
  | { readonly type: "run"; readonly command: CommandSpec; readonly args: readonly string[]; readonly flags: Flags }
  | { readonly type: "text"; readonly text: string };

/** How help is laid out. */
export interface HelpLook {
  readonly columns: number;
  color(choice: ColorChoice): boolean;
}

/**
 * Reads the arguments (without node and script). Runs nothing.
 * @throws OmgError `usage`, exit 1, with the nearest command or option where one is near
 */
export function parseArguments(argv: readonly string[], version: string, look: HelpLook): Parsed {
  const words = separated(argv);
  return parsePlain(words) ?? parseNamed(words, version, look) ?? readerOf(COMMANDS, version, look)(words);
}

/** Of commands that omgd reads over and over: where no word is an option, and as many may follow as there are, there is nothing to find out. */
function parsePlain([name, ...args]: readonly string[]): Parsed | undefined {
  const command = COMMANDS.find((each) => each.name === name);
  if (command?.passedOn !== true || args.some((word) => word.startsWith("-"))) return undefined;
  const takesAny = command.argument?.name.endsWith("...") === true && command.argument.choices === undefined;
  return takesAny || args.length === 0 ? { type: "run", command, args, flags: {} } : undefined;
}

/** `exec` and `run` pass on all that follows their first word: `--` before it keeps that word's options from being taken for omg's. */
function separated(argv: readonly string[]): readonly string[] {
  let named = false;
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? "";
    if (word === "--") return argv;
    if (VALUED.has(word)) at += 1;
    else if (!word.startsWith("-")) {
      if (named) return [...argv.slice(0, at), "--", ...argv.slice(at)];
      if (word !== "exec" && word !== "run") return argv;
      named = true;
    }
  }
  return argv;
}

const VALUED: ReadonlySet<string> = new Set(
  GLOBAL_OPTIONS.flatMap(({ flags }) =>
    flags.includes("<") ? flags.split(/[ ,]+/).filter((word) => word.startsWith("-")) : [],
  ),
);

/** Reads arguments, any number of times. Throws as `parseArguments`. */
type Reader = (argv: readonly string[]) => Parsed;

/** Of commands that omgd reads over and over. */
const readers = new Map<string, Reader>();

/** To set up all commands takes longer than some of them run. Undefined where anything is to be explained. */
function parseNamed(argv: readonly string[], version: string, look: HelpLook): Parsed | undefined {
  const [name = ""] = argv;
  const reader = readers.get(name) ?? readerNamed(name, version, look);
  if (reader === undefined) return undefined;
  try {
    const parsed = reader(argv);
    return parsed.type === "run" ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function readerNamed(name: string, version: string, look: HelpLook): Reader | undefined {
  const named = COMMANDS.filter((each) => each.name.split(" ")[0] === name);
  if (named.length === 0) return undefined;
  const reader = readerOf(named, version, look);
  if (named.every(({ passedOn }) => passedOn)) readers.set(name, reader);
  return reader;
}

function readerOf(commands: readonly CommandSpec[], version: string, look: HelpLook): Reader {
  const texts: string[] = [];
  let run: Parsed | undefined;
  const program = build(commands, version, look, texts, (command, args, flags) => {
    run = { type: "run", command, args, flags };
  });
  return (argv) => {
    [run, texts.length] = [undefined, 0];
    try {
      program.parse([...argv], { from: "user" });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      if (error.exitCode === 0) return { type: "text", text: texts.join("") };
      if (error.code === "commander.help") return nothingAsked(program);
      throw usage(error, program);
    }
    return run ?? { type: "text", text: texts.join("") };
  };
}

type OnRun = (command: CommandSpec, args: readonly string[], flags: Flags) => void;

function build(
  commands: readonly CommandSpec[],
  version: string,
  look: HelpLook,
  texts: string[],
  onRun: OnRun,
): Command {
  const program = new Command("omg");
  program
    .description("Keeps this Linux environment equal to what omg.lock says it is.")
    .usage("[options] COMMAND")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => texts.push(text),
      writeErr: () => {},
      getOutHelpWidth: () => look.columns,
      getOutHasColors: () => true,
    })
    .configureHelp({ showGlobalOptions: true, ...styles(program, look), ...oneList(), ...takenOptions() });
  for (const option of GLOBAL_OPTIONS) program.addOption(optionOf(option));
  const parents = new Map<string, Command>([["", program]]);
  for (const spec of commands) addCommand(spec, parents, onRun);
  addHelp(program);
  program.addHelpText("after", "\n`omg help COMMAND` shows its options and examples.\nExit codes: docs/exit-codes.md");
  return program;
}

function addCommand(spec: CommandSpec, parents: Map<string, Command>, onRun: OnRun): void {
  const words = spec.name.split(" ");
  const command = parentOf(words.slice(0, -1).join(" "), spec.group, parents).command(words.at(-1) ?? "");
  command
    .summary(spec.summary)
    .description(spec.description ?? `${spec.summary.charAt(0).toUpperCase()}${spec.summary.slice(1)}.`);
  command.helpGroup(spec.group);
  if (spec.argument !== undefined) command.addArgument(argumentOf(spec.argument));
  for (const option of spec.options) command.addOption(optionOf(option));
  command.addHelpText("after", examples(spec.examples));
  command.action(() => {
    const flags = command.optsWithGlobals<Flags>();
    refuseSelection(spec, flags);
    onRun(spec, command.args, flags);
  });
}

/** An option without an effect would be a promise that is not kept. */
function refuseSelection(spec: CommandSpec, flags: Flags): void {
  const given = refused(spec).filter((name) => flags[name] !== undefined);
  if (given.length === 0) return;
  throw usageError(`${spec.name} takes no --${given.join(", no --")}.`, "It would have no effect: leave that out.");
}

const SELECTORS: readonly Selector[] = ["lock", "only", "skip"];

function refused({ selects }: CommandSpec): Selector[] {
  return SELECTORS.filter((name) => !selects.includes(name));
}

/** The command that holds subcommands, made when the first of them comes. */
function parentOf(name: string, group: string, parents: Map<string, Command>): Command {
  const known = parents.get(name);
  if (known !== undefined) return known;
  const root = parents.get("");
  if (root === undefined) throw new Error("no root command");
  const names = COMMANDS.filter((each) => each.name.startsWith(`${name} `)).map((each) =>
    each.name.slice(name.length + 1),
  );
  const parent = root.command(name).helpGroup(group).summary(names.join(", ")).helpCommand(false);
  parents.set(name, parent);
  return parent;
}

/** `omg help`, `omg help env capture`. */
function addHelp(program: Command): void {
  const help = program.command("help", { hidden: true }).argument("[command...]");
  help.action((words: readonly string[]) => words.reduce(subcommand, program).outputHelp());
}

function subcommand(parent: Command, word: string): Command {
  const found = parent.commands.find((each) => each.name() === word);
  if (found !== undefined) return found;
  const meant = nearest(
    word,
    parent.commands.map((each) => each.name()),
  );
  throw usageError(`unknown command '${word}'.`, meant === undefined ? LIST_HINT : `Did you mean ${meant}?`);
}

function examples(list: readonly Example[]): string {
  const widest = Math.max(...list.map((each) => each.command.length));
  return `\nExamples:\n${list.map((each) => `  ${each.command.padEnd(widest)}  ${each.meaning}\n`).join("")}`;
}

function styles(program: Command, look: HelpLook): { styleTitle(text: string): string } {
  return { styleTitle: (text) => paintLine([strong(text)], look.color(program.opts<Flags>().color ?? "auto")) };
}

/** Commands of two words stand in the list like all others. */
function oneList(): { visibleCommands(command: Command): Command[]; subcommandTerm(command: Command): string } {
  const visible = (command: Command) => command.commands.filter((each) => each.name() !== "help");
  return {
    visibleCommands: (command) =>
      visible(command).flatMap((each) => (each.commands.length > 0 ? visible(each) : [each])),
    subcommandTerm: (command) =>
      [fullName(command), ...command.registeredArguments.map((each) => `[${each.name().toUpperCase()}]`)].join(" "),
  };
}

/** A command's help leaves out the global options that it refuses. */
function takenOptions(): Pick<Help, "visibleGlobalOptions"> {
  return {
    visibleGlobalOptions(this: Help, command: Command) {
      const spec = COMMANDS.find(({ name }) => name === fullName(command));
      const hidden: readonly string[] = spec === undefined ? [] : refused(spec);
      return Help.prototype.visibleGlobalOptions
        .call(this, command)
        .filter((option) => !hidden.includes(option.attributeName()));
    },
  };
}

function fullName(command: Command): string {
  return command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name();
}

/** `omg` alone explains itself; `omg env` alone is half a command. */
function nothingAsked(program: Command): Parsed {
  const parent = program.commands.find((each) => each.name() === program.args[0]);
  if (parent === undefined) return { type: "text", text: program.helpInformation() };
  const names = parent.commands.map((each) => `omg ${parent.name()} ${each.name()}`).join(", ");
  throw usageError(`${parent.name()} needs one more word.`, names);
}
