import type { ResolveOptions } from "../../../schema/model/provider.ts";
import type { Address, Observed } from "../../../schema/model/resource.ts";
import type { Problem, Step } from "../../../schema/model/transaction.ts";
import type { Choice } from "./choose.ts";
import type { Move } from "./solve.ts";

/** What to say when pacman found no way. Pure. */
export function unsolved(choices: readonly Choice[], explanation: readonly string[]): readonly Problem[] {
  const mentions = (name: string) =>
    explanation.some((line) => line.split(/[\s,:'()]+/).some((word) => word.replace(/[<>=].*$/, "") === name));
  const blamed = choices.filter(({ change }) => mentions(change.name));
  const [first, ...others] = blamed.length > 0 ? blamed : choices;
  if (first === undefined) return [];
  const together = others.length === 0 ? "" : ` together with ${others.map(({ change }) => change.name).join(", ")}`;
  const verb = first.change.after === null ? "remove" : "install";
  return [
    conflict(
      first.change.address,
      `pacman finds no way to ${verb} ${described(first)}${together}: ${explanation.join("; ")}.`,
    ),
  ];
}

/** Where pacman's answer is not what was asked for. Pure. */
export function moveProblems(choices: readonly Choice[], moves: readonly Move[]): readonly Problem[] {
  const answered = new Map(moves.map((move) => [move.name, move]));
  return choices.flatMap((choice) => {
    const { change, artifact } = choice;
    const move = answered.get(change.name);
    if (move === undefined)
      return change.onlyIfUnneeded === true
        ? []
        : [conflict(change.address, `pacman would leave ${described(choice)} as it is.`)];
    if (move.to === artifact?.version) return [];
    const instead = move.to === undefined ? "remove it" : `install ${move.to}`;
    return [conflict(change.address, `${described(choice)} was asked for, and pacman would ${instead}.`)];
  });
}

/** What the steps do that nobody allowed: going back to older versions, and moving what pacman.conf says to leave alone. Pure. */
export function stepProblems(
  steps: readonly Step[],
  options: ResolveOptions,
  ignored: ReadonlySet<string>,
): readonly Problem[] {
  return steps.flatMap((step) => [...ignoredProblem(step, ignored), ...downgradeProblem(step, options)]);
}

/** What others left half done: pacman stumbles over it in whatever it does. Pure. */
export function brokenProblems(
  steps: readonly Step[],
  { resources }: Observed,
  staleLock: boolean,
): readonly Problem[] {
  const [first] = steps;
  if (first === undefined) return [];
  const mended = new Set(steps.filter(({ kind }) => kind !== "modify").map(({ name }) => name));
  const broken = [...resources.values()].filter(({ name, health }) => health === "needs-repair" && !mended.has(name));
  return [
    ...(staleLock ? [locked(first.address)] : []),
    ...broken.map(
      ({ name, reason }): Problem => ({
        code: "broken-package",
        address: `pacman.${name}`,
        message: `${name} was left half done: ${reason ?? "it needs repair"}.`,
        hint: "Ask for it in the lock, and omg installs it anew; or mend it by hand first.",
      }),
    ),
  ];
}

function locked(address: Address): Problem {
  return {
    code: "broken-package",
    address,
    message:
      "pacman's database is locked (db.lck), and no package manager is running: a run was cut off, and not one of omg's.",
    hint: "Look at the end of pacman.log to see what it was doing, then `omg doctor --fix` removes the lock.",
  };
}

function ignoredProblem({ address, name, kind, before }: Step, ignored: ReadonlySet<string>): readonly Problem[] {
  if (!["upgrade", "downgrade"].includes(kind) || !ignored.has(name)) return [];
  const message = `pacman.conf says to leave ${name} alone (IgnorePkg or IgnoreGroup); it stays at ${before?.version}.`;
  return [
    { code: "held", address, message, hint: "Take it out of IgnorePkg, or pin the installed version in the lock." },
  ];
}

function downgradeProblem({ address, name, kind, before, after }: Step, options: ResolveOptions): readonly Problem[] {
  if (kind !== "downgrade" || options.allowDowngrades) return [];
  const message = `${name} would go back from ${before?.version} to ${after?.version}, which was not asked for.`;
  return [{ code: "downgrade", address, message, hint: "If it has to be, say --allow-downgrades." }];
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
