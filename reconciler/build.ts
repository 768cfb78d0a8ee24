import { OmgError } from "../schema/error.ts";
import type { Artifact } from "../schema/model/artifact.ts";
import type { Plan } from "../schema/model/plan.ts";
import type { Observed } from "../schema/model/resource.ts";
import type { Step } from "../schema/model/transaction.ts";
import { compare } from "./compare.ts";
import { observe } from "./observe.ts";
import { makePlan } from "./plan.ts";
import { decide } from "./refused.ts";
import { refuseProblems } from "./verify.ts";
import { providersOf, type Request, type World } from "./world.ts";

/** A plan, and the machine that it was made for. */
export interface Round {
  readonly plan: Plan;
  readonly observed: ReadonlyMap<string, Observed>;
  /** Worth knowing after what was carried out on the way. */
  readonly notes?: readonly string[];
}

/** Carries a plan out. Resolves to what is worth knowing then. */
type CarryOut = (world: World, round: Round) => Promise<readonly string[]>;

/** What a plan has still to be built. Pure. */
function toBuild({ transactions }: Plan): readonly Artifact[] {
  return transactions
    .flatMap(({ artifacts }) => artifacts)
    .filter(({ chain }) => chain.type === "build" && chain.built === "not yet");
}

/**
 * Builds everything that a plan has to be built, and gives the plan that is left to do then, which names the very bytes. A build may
 * need what the plan installs, so it goes in rounds: what can be built is built; where that is not all of it, everything but the rest
 * is carried out, each time as a plan of its own through the same gate; and so on. Nothing is done that the plan that was agreed to
 * does not have.
 * @throws OmgError `build-stuck`, `plan-stale`, and what builds and stages refuse
 */
export async function buildFirst(world: World, request: Request, agreed: Round, carryOut: CarryOut): Promise<Round> {
  const notes: string[] = [];
  let parts = 0;
  try {
    let round = agreed;
    for (let open = toBuild(round.plan); open.length > 0; open = toBuild(round.plan)) {
      const made = await build(world, open);
      if (made > 0) round = await planAgain(world, request, agreed.plan);
      const left = toBuild(round.plan);
      if (left.length === 0) continue;
      const without = worldWithout(world, left, round.observed);
      const part = await planAgain(without, request, agreed.plan);
      if (part.plan.steps.length === 0) throw stuck(left);
      notes.push(...(await carryOut(without, part)));
      parts += 1;
      round = await planAgain(world, request, agreed.plan);
    }
    return { ...round, notes };
  } catch (cause) {
    throw parts > 0 && cause instanceof OmgError ? besidesParts(cause) : cause;
  }
}

/** Whoever threw it could not know what had been done for the build by then. */
function besidesParts(error: OmgError): OmgError {
  const { code, exit, message, state, hint, details, cause } = error;
  return new OmgError({
    code,
    exit,
    message,
    state: `What had to be there for the build was installed, as a generation of its own. ${state ?? ""}`.trim(),
    ...(hint === undefined ? {} : { hint }),
    details,
    cause,
  });
}

async function build(world: World, open: readonly Artifact[]): Promise<number> {
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
  return made;
}

async function planAgain(world: World, request: Request, agreed: Plan): Promise<Round> {
  const observed = await observe(world, request.goal);
  const plan = await makePlan(world, request, compare(world, request, observed), observed);
  refuseProblems(plan.problems);
  decide(world, plan.verdict);
  refuseOthers(plan, agreed);
  return { plan, observed };
}

/** As if the lock did not ask for these: not for those that are missing, and for the others as they are. */
function worldWithout(world: World, left: readonly Artifact[], observed: Round["observed"]): World {
  const names = new Set<string>(left.map(({ address }) => address));
  return {
    ...world,
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

function refuseOthers({ steps }: Plan, agreed: Plan): void {
  const known = new Set(agreed.steps.map(keyOf));
  const others = steps.filter((step) => !known.has(keyOf(step)));
  if (others.length === 0) return;
  throw new OmgError({
    code: "plan-stale",
    exit: "stale",
    message: "What is left to do after a build is not what was agreed to.",
    state: "What was built is kept; what had to be there for it is installed.",
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
