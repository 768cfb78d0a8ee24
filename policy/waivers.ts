import type { Violation, Waived } from "../schema/model/artifact.ts";
import type { Policies, PolicyFile, Rule } from "../schema/model/policy.ts";
import type { Address } from "../schema/model/resource.ts";
import type { Waiver } from "../schema/model/waiver.ts";
import { rulesIn } from "./modes.ts";
import { covers } from "./rules/context.ts";

export type PlacedWaiver = Rule<Waiver>;

/** The last day counts whole, in UTC. */
function isExpired({ expires }: Waiver, now: Date): boolean {
  return now.toISOString().slice(0, 10) > expires;
}

/** What became of a waiver in a plan. */
export function waiverState(waiver: Waiver, used: boolean, now: Date): "used" | "unused" | "expired" {
  if (isExpired(waiver, now)) return "expired";
  return used ? "used" : "unused";
}

/**
 * Which waivers may lift what a rule in this file refuses: the machine's lift its own and the repository's, a repository's only
 * its own, and nothing lifts what is built in. What a repository asked for before is lifted by what it waived then and still does.
 */
export function waiversFor(policies: Policies): (file: string) => readonly PlacedWaiver[] {
  const { machine, repository, earlier = [] } = policies;
  const byMachine = machine?.waivers ?? [];
  const byRepository = repository?.waivers ?? [];
  const still = byRepository.filter(({ value }) => earlier.every((file) => isWaivedIn(file, value)));
  const isIn = (files: readonly (PolicyFile | undefined)[], path: string) =>
    files.some((file) => rulesIn(file ?? {}).some(({ rule }) => rule.file === path));
  return (path) => {
    if (isIn([machine], path)) return byMachine;
    if (isIn(earlier, path)) return [...byMachine, ...still];
    return isIn([repository], path) ? [...byMachine, ...byRepository] : [];
  };
}

/** Whether a file waives this as well, at least as long. */
export function isWaivedIn({ waivers = [] }: PolicyFile, { rule, package: name, id, expires }: Waiver): boolean {
  return waivers.some(
    ({ value }) => value.rule === rule && value.package === name && value.id === id && value.expires >= expires,
  );
}

export interface Settled {
  readonly violations: readonly Violation[];
  readonly waived: readonly Waived[];
}

/** What is left of violations once waivers were held against them. Those that have expired lift nothing, and are named. Pure. */
export function settle(
  violations: readonly Violation[],
  waiversOf: (file: string) => readonly PlacedWaiver[],
  now: Date,
): Settled {
  const left: Violation[] = [];
  const waived: Waived[] = [];
  for (const violation of violations) {
    const about = waiversOf(violation.file).filter(({ value }) => isAbout(value, violation));
    const lifting = liftedBy(
      violation,
      about.filter(({ value }) => !isExpired(value, now)),
    );
    if (lifting.length === 0)
      left.push(
        withExpired(
          violation,
          about.filter(({ value }) => isExpired(value, now)),
        ),
      );
    for (const { value, file, line } of lifting)
      waived.push({ violation, waiver: value, file, ...(line === undefined ? {} : { line }) });
  }
  return { violations: left, waived };
}

/** The rule by its whole name, and every package that it is about. */
function isAbout({ rule, package: pattern, id }: Waiver, violation: Violation): boolean {
  const { ids = [], aliases = [] } = violation;
  if (rule !== violation.rule || (id !== undefined && ![...ids, ...aliases].includes(id))) return false;
  return (violation.addresses ?? [violation.address]).every((address) => covers([pattern], named(address)));
}

/** One for all of it, or else one for each vulnerability that it is about. */
function liftedBy({ ids = [], aliases = [] }: Violation, waivers: readonly PlacedWaiver[]): readonly PlacedWaiver[] {
  const whole = waivers.find(({ value }) => value.id === undefined);
  if (whole !== undefined) return [whole];
  const each = ids.map((id) => waivers.find(({ value }) => value.id === id || aliases.includes(value.id ?? "")));
  const found = each.filter((waiver) => waiver !== undefined);
  return found.length === each.length ? [...new Set(found)] : [];
}

function withExpired(violation: Violation, expired: readonly PlacedWaiver[]): Violation {
  const [latest] = expired.toSorted((a, b) => (a.value.expires < b.value.expires ? 1 : -1));
  if (latest === undefined) return violation;
  const place = `${latest.file}${latest.line === undefined ? "" : `:${latest.line}`}`;
  const said = `The waiver of ${latest.value.owner} (${place}) ended with ${latest.value.expires}.`;
  return { ...violation, message: `${violation.message} ${said}` };
}

function named(address: Address): { readonly address: Address; readonly name: string } {
  return { address, name: address.slice(address.indexOf(".") + 1) };
}
