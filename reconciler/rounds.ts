import { OmgError } from "../schema/error.ts";
import type { Artifact, Verdict } from "../schema/model/artifact.ts";
import type { Desired } from "../schema/model/desired.ts";
import type { Plan } from "../schema/model/plan.ts";
import type { Address, Observed } from "../schema/model/resource.ts";
import type { Problem, Step } from "../schema/model/transaction.ts";
import { compare } from "./compare.ts";
import { keysToCome } from "./keys-to-come.ts";
import { observe } from "./observe.ts";
import { makePlan } from "./plan.ts";
import { publish } from "./publish.ts";
import { decide } from "./refused.ts";
import { refuseProblems } from "./verify.ts";
import { providersOf, type Request, type StatusSnapshot, type World } from "./world.ts";

/** A plan, and the machine that it was made for. */
export interface Round {
  readonly plan: Plan;
  readonly observed: ReadonlyMap<string, Observed>;
}

/** What came of a plan; `notes`: worth knowing then. */
interface Done {
  readonly verdict?: Verdict;
  readonly notes?: readonly string[];
}

/** What a plan has still to be built. Pure. */
function toBuild({ transactions }: Plan): readonly Artifact[] {
  return transactions
    .flatMap(({ artifacts }) => artifacts)
    .filter(({ chain }) => chain.type === "build" && chain.built === "not yet");
}

/**
 * Carries a plan out in parts, each a plan of its own through the same gate, where some of it has to wait for the rest. New keys come
 * first and alone. Then what can be built is built; a build may need what the plan installs, so where that is not all of it,
 * everything but the rest is carried out; and so on. The last part names the very bytes. Nothing is done that the plan that was agreed
 * to does not have. Resolves to what came of the last part, with the notes and judgements of all.
 * @throws OmgError `build-stuck`, `plan-stale`, and what builds and stages refuse
 */
export async function inRounds<T extends Done>(
  world: World,
  request: Request,
  agreed: Round,
  carryOut: (world: World, round: Round) => Promise<T>,
): Promise<T> {
  const parts: T[] = [];
  const done: string[] = [];
  const next = (of: World) => planAgain(of, request, agreed.plan);
  const carry = async (part: World, round: Round, what: string): Promise<Round> => {
    parts.push(await carryOut(part, round));
    done.push(what);
    return next(world);
  };
  try {
    let round = agreed;
    const keys = keysToCome(round.plan);
    if (keys.size > 0) {
      const alone = worldOf(world, keys);
      round = await carry(alone, await next(alone), `${[...keys].join(", ")} was installed`);
    }
    for (let open = toBuild(round.plan); open.length > 0; open = toBuild(round.plan)) {
      const made = await build(world, open);
      if (made > 0) round = await next(world);
      const left = toBuild(round.plan);
      if (left.length === 0) continue;
      const without = worldWithout(world, left, round.observed);
      const part = await planAgain(without, request, agreed.plan, (problems) => refuseInTheWay(left, problems));
      if (part.plan.steps.length === 0) throw stuck(left);
      round = await carry(without, part, "what had to be there for the build was installed");
    }
    parts.push(await carryOut(world, round));
    return joined(parts);
  } catch (cause) {
    throw done.length > 0 && cause instanceof OmgError ? besides(done, cause) : cause;
  }
}

function joined<T extends Done>(parts: readonly T[]): T {
  const last = parts.at(-1) as T;
  const notes = parts.flatMap((part) => part.notes ?? []);
  const judgements = parts.flatMap((part) => part.verdict?.judgements ?? []);
  return { ...last, notes, ...(last.verdict === undefined ? {} : { verdict: { ...last.verdict, judgements } }) };
}

const UNCHANGED = "Nothing was changed.";

/** Whoever threw it could not know what had been done by then. */
function besides(done: readonly string[], error: OmgError): OmgError {
  const { code, exit, message, state, hint, details, cause } = error;
  const first = `Before that, ${[...new Set(done)].join("; and ")}, as a generation of its own.`;
  return new OmgError({
    code,
    exit,
    message,
    state: `${first} ${state === UNCHANGED ? "Nothing else was changed." : (state ?? "")}`.trim(),
    ...(hint === undefined ? {} : { hint }),
    details,
    cause,
  });
}

async function build(world: World, open: readonly Artifact[]): Promise<number> {
  world.emit({ type: "stage", stage: "build", state: "started" });
  let made = 0;
  for (const { provider, scope } of providersOf(world)) {
    const own = open.filter(({ address }) => address.startsWith(`${provider.name}.`));
    if (own.length === 0 || provider.build === undefined) continue;
    made += await provider.build(own, {
      keep: ({ sha256, fill }) => (scope.store.has(sha256) ? Promise.resolve() : scope.store.add(sha256, fill)),
      onOutput: (line) => world.emit({ type: "output", line }),
      signal: world.signal,
    });
  }
  world.emit({ type: "stage", stage: "build", state: "finished" });
  return made;
}

async function planAgain(
  world: World,
  request: Request,
  agreed: Plan,
  refuse: (problems: readonly Problem[]) => void = refuseProblems,
): Promise<Round> {
  const observed = await observe(world, request.goal);
  const diff = compare(world, request, observed);
  publish(world, observed, diff);
  const plan = await makePlan(world, request, diff, observed);
  refuse(plan.problems);
  decide(world, plan.verdict);
  refuseOthers(plan, agreed);
  return { plan, observed };
}

/** As if the lock spoke of these alone. */
function worldOf(world: World, addresses: ReadonlySet<Address>): World {
  const desired = world.desired.map((each): Desired => {
    const wanted = each.wanted.filter(({ provider, name }) => addresses.has(`${provider}.${name}`));
    return { ...each, wanted, unmanaged: { ...each.unmanaged, mode: "ignore" }, notes: [], silent: true };
  });
  return { ...part(world), desired: desired.filter(({ wanted }) => wanted.length > 0) };
}

/** As if the lock did not ask for these: not for those that are missing, and for the others as they are. */
function worldWithout(world: World, left: readonly Artifact[], observed: Round["observed"]): World {
  const names = new Set<string>(left.map(({ address }) => address));
  return {
    ...part(world),
    desired: world.desired.map((desired) => ({
      ...desired,
      wanted: desired.wanted.flatMap((wanted) => {
        if (!names.has(`${wanted.provider}.${wanted.name}`)) return [wanted];
        if (!observed.get(wanted.provider)?.resources.has(wanted.name)) return [];
        const { provider, name, presence } = wanted;
        return [{ provider, name, presence, attributes: {} }];
      }),
    })),
  };
}

/** Who looks at a part can say what happens, and not that the machine is as the lock wants it. */
function part(world: World): World {
  return { ...world, publish: (seen) => (STATES.includes(seen.state) ? world.publish(seen) : undefined) };
}

const STATES: readonly StatusSnapshot["state"][] = ["applying", "failed"];

function refuseOthers({ steps }: Plan, agreed: Plan): void {
  const known = new Set(agreed.steps.map(keyOf));
  const others = steps.filter((step) => !known.has(keyOf(step)));
  if (others.length === 0) return;
  throw new OmgError({
    code: "plan-stale",
    exit: "stale",
    message: "What is left to do is not what was agreed to.",
    state: UNCHANGED,
    hint: "Run the command again; it plans anew.",
    details: others.map(({ address, kind, after }) => `${address}: ${kind} ${String(after?.version ?? "")}`),
  });
}

function keyOf({ address, kind, after }: Step): string {
  return `${address} ${kind} ${String(after?.version ?? "")}`;
}

function stuck(left: readonly Artifact[]): OmgError {
  return new OmgError({
    code: "build-stuck",
    exit: "error",
    message: `${left.map(({ name }) => name).join(", ")} cannot be built: something that is needed for it is neither here nor in the plan.`,
    state: "What could be built is kept; nothing more was changed.",
    hint: "`omg lock` pins everything that a build needs.",
  });
}

/** What a build needs may not go together with what is installed of the very package: an older one that needs an exact version, say. */
function refuseInTheWay(left: readonly Artifact[], problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const names = left.map(({ name }) => name).join(", ");
  const needed = [...new Set(problems.map(({ address }) => address.replace(/^[^.]*\./, "")))].join(", ");
  throw new OmgError({
    code: "build-stuck",
    exit: "error",
    message: `${names} cannot be built: what has to be installed for the build does not go with what is here of ${names} now.`,
    state: "What could be built is kept; nothing more was changed.",
    hint: `Take ${names} and ${needed} out of the lock, pin and apply that, then put them back.`,
    details: problems.map(({ address, message }) => `${address}: ${message}`),
  });
}
