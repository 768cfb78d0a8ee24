import type { ResolveOptions } from "../../../schema/model/provider.ts";
import type { Address, Observed } from "../../../schema/model/resource.ts";
import type { Problem, Step } from "../../../schema/model/transaction.ts";
import { bareName } from "../names.ts";
import type { Market } from "../offers/market.ts";
import type { Choice } from "./choose.ts";
import type { Move } from "./solver-output.ts";

/** What to say when apt found no way: each package that was asked for and that its explanation names, with the reason. */
export function unsolved(choices: readonly Choice[], explanation: readonly string[]): readonly Problem[] {
  const blamed = choices.filter(({ change }) =>
    explanation.some((line) => line.startsWith(`${bareName(change.name)} `) || line.startsWith(`${change.name} `)),
  );
  const [first] = blamed.length > 0 ? blamed : choices;
  if (first === undefined) return [];
  const others = (blamed.length > 0 ? blamed : choices).slice(1).map(({ change }) => change.name);
  const together = others.length === 0 ? "" : ` together with ${others.join(", ")}`;
  return [
    conflict(
      first.change.address,
      `apt finds no way to ${first.change.after === null ? "remove" : "install"} ${described(first)}${together}: ${explanation.join("; ")}`,
    ),
  ];
}

/** The records of apt's preferences that have a say in the packages of which apt says that only another version would come. Pure. */
export function standing(
  explanation: readonly string[],
  market: Pick<Market, "offers" | "preference">,
): readonly string[] {
  const named = explanation.flatMap((line) =>
    [...line.matchAll(/(\S+)(?: \([^)]*\))? but /g)].map(([, name]) => name ?? ""),
  );
  return [...new Set(named)].flatMap((name) => {
    const records = market.offers(name).flatMap(({ version }) => market.preference(name, version) ?? []);
    return [...new Set(records)].map((record) => `apt's preferences have a say in which ${name} may come: ${record}`);
  });
}

/** Where apt's answer is not what was asked for. */
export function moveProblems(asked: ReadonlyMap<string, Choice>, moves: readonly Move[]): readonly Problem[] {
  const answered = new Map(moves.map((move) => [move.name, move]));
  return [...asked].flatMap(([name, choice]) => {
    const move = answered.get(name);
    const wanted = choice.artifact?.version;
    if (move === undefined) return [conflict(choice.change.address, `apt would leave ${described(choice)} as it is.`)];
    if (move.to === wanted) return [];
    const instead = move.to === undefined ? "remove it" : `install ${move.to}`;
    return [conflict(choice.change.address, `${described(choice)} was asked for, and apt would ${instead}.`)];
  });
}

/** What the steps do that nobody allowed: going back to older versions, and working over somebody else's holds. */
export function stepProblems(steps: readonly Step[], options: ResolveOptions): readonly Problem[] {
  return steps.flatMap((step) => [...heldProblem(step, options), ...downgradeProblem(step, options)]);
}

/** Packages that somebody left half done and no step mends: dpkg would take them up in the same run, planned or not. Pure. */
export function brokenProblems(steps: readonly Step[], { resources }: Observed): readonly Problem[] {
  const acting = steps.filter(({ kind }) => kind !== "modify");
  if (acting.length === 0) return [];
  const mended = new Set(acting.map(({ name }) => name));
  const broken = [...resources.values()].filter(({ name, health }) => health === "needs-repair" && !mended.has(name));
  return broken.map(({ name, reason }) => ({
    code: "broken-package",
    address: `apt.${name}`,
    message: `${name} was left half done (${reason ?? "it needs repair"}), and apt would take it up in the same run.`,
    hint: `Mend it first: \`dpkg --configure ${name}\`, or \`${name}: absent\` in the lock.`,
  }));
}

function heldProblem({ address, name, kind, before, after }: Step, { ownHolds }: ResolveOptions): readonly Problem[] {
  const released = after?.hold === false;
  if (kind === "modify" || before?.hold !== true || released || ownHolds.has(name)) return [];
  const message = `${name} is held on this machine, and not by omg; it stays at ${before.version}.`;
  const hint = `Release it with \`apt-mark unhold ${name}\`, or with \`hold: false\` in the lock.`;
  return [{ code: "held", address, message, hint }];
}

function downgradeProblem({ address, name, kind, before, after }: Step, options: ResolveOptions): readonly Problem[] {
  if (kind !== "downgrade" || options.allowDowngrades) return [];
  const message = `${name} would go back from ${before?.version} to ${after?.version}, which was not asked for.`;
  return [
    {
      code: "downgrade",
      address,
      message,
      hint: "Debian does not support downgrades. If it has to be, say --allow-downgrades.",
    },
  ];
}

function described({ change, artifact }: Choice): string {
  return artifact === undefined ? change.name : `${change.name} ${artifact.version}`;
}

function conflict(address: Address, message: string): Problem {
  return {
    code: "conflict",
    address,
    message,
    hint: "Change the lock so that these packages can be installed together.",
  };
}
