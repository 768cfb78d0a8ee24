import { nearest } from "../schema/files/nearest.ts";
import { COMMANDS } from "./commands/index.ts";
import { GLOBAL_OPTIONS, type OptionSpec } from "./options.ts";

/** What other package managers, and earlier hands, call what omg calls otherwise. */
const CALLED_HERE: Readonly<Record<string, string>> = {
  upgrade: "update",
  "full-upgrade": "update",
  "dist-upgrade": "update",
  sync: "apply",
  converge: "apply",
  reconcile: "apply",
  diff: "env diff",
  drift: "check",
  ls: "explicit",
  uninstall: "remove",
  purge: "remove",
  rm: "remove",
  erase: "remove",
  add: "install",
  autoremove: "orphans",
  freeze: "env capture",
  snapshot: "env capture",
  init: "env capture",
  import: "env capture",
  "env freeze": "env capture",
  "env snapshot": "env capture",
  "env plan": "plan",
  "env apply": "apply",
  "env sync": "apply",
  "env lock": "lock",
  show: "info",
  find: "search",
  undo: "rollback",
  revert: "rollback",
  log: "history",
  hold: "pin",
  unhold: "unpin",
  gc: "clean",
  prune: "clean",
  autoclean: "clean",
  du: "size",
  rdepends: "why",
  completion: "completions",
  man: "manual",
};

/** The command that other programs call so; undefined for a word that nobody uses. */
export function calledHere([first = "", second = ""]: readonly string[]): string | undefined {
  const here = CALLED_HERE[`${first} ${second}`] ?? CALLED_HERE[first];
  const spec = COMMANDS.find(({ name }) => name === here);
  return spec === undefined ? undefined : `Here that is \`omg ${spec.name}\`: ${spec.summary}.`;
}

/** A command elsewhere that was most likely meant: in another place, or of two words. */
export function commandNear([first = "", second = ""]: readonly string[]): string | undefined {
  const names = COMMANDS.map(({ name }) => name);
  if (names.includes(second)) return `Did you mean omg ${second}?`;
  const lastWords = new Map(
    names.filter((name) => name.includes(" ")).map((name) => [name.split(" ").at(-1) ?? "", name]),
  );
  const near =
    nearest(
      first.replace(/[-_.:]/, " "),
      names.filter((name) => name.includes(" ")),
    ) ?? lastWords.get(nearest(first, lastWords.keys()) ?? "");
  return near === undefined ? undefined : `Did you mean ${near}?`;
}

/** Which command takes an option that this one does not. */
export function optionMeant(option: string): string | undefined {
  const bare = option.replace(/=.*$/, "");
  const owners = COMMANDS.filter(({ options }) => options.some((each) => has(each, bare)));
  if (owners.length > 0) return `${bare} is an option of ${named(owners.map(({ name }) => `omg ${name}`))}.`;
  const all = [...GLOBAL_OPTIONS, ...COMMANDS.flatMap(({ options }) => options)];
  const near = nearest(bare, new Set(all.flatMap(({ flags }) => flags.match(/--[a-z-]+/g) ?? [])));
  if (near === undefined) return undefined;
  const takers = COMMANDS.filter(({ options }) => options.some((each) => has(each, near)));
  return takers.length === 0
    ? `Did you mean ${near}?`
    : `Did you mean ${near}, an option of ${named(takers.map(({ name }) => `omg ${name}`))}?`;
}

function has({ flags }: OptionSpec, option: string): boolean {
  return flags.split(/[ ,]+/).includes(option);
}

const FEW = 3;

function named(names: readonly string[]): string {
  const shown = names.slice(0, FEW);
  return names.length > FEW ? `${shown.join(", ")} and others` : new Intl.ListFormat("en").format(shown);
}
