import type { BuildChain } from "../../schema/model/artifact.ts";
import type { Findings } from "../../schema/model/builder.ts";
import type { Change } from "../../schema/model/change.ts";
import type { Pin } from "../../schema/model/desired.ts";
import type { Problem } from "../../schema/model/transaction.ts";
import { toBuildAs } from "./found.ts";
import type { Recipes } from "./recipes.ts";
import type { AurRecords } from "./records.ts";
import type { AurOptions } from "./settings.ts";

export interface FindMeans {
  readonly options: AurOptions;
  readonly arch: string;
  readonly recipes: Recipes;
  readonly records: AurRecords;
}

/** What was built from a pin here, what the lock says that others built from it, and as what it would be built. */
export async function find(change: Change, means: FindMeans): Promise<Findings> {
  const { pin } = change;
  if (pin?.commit === undefined) return { built: [], toBuild: async () => unpinned(change) };
  const { options } = means;
  if ((options.forOthers || options.handedOver) && (await options.settings())["built-by-users"] !== true)
    return { built: [], toBuild: async () => notTaken(change) };
  const { name } = change;
  const { commit, base = name, sources = {}, sha256 } = pin;
  const record = means.records.built({ base, commit, arch: means.arch, sources });
  const here = record?.packages[name];
  const chain = { type: "build", base, commit, commits: sources, allow: pin.allow ?? [] } as const;
  const elsewhere: BuildChain = { ...chain, built: "elsewhere", sources: [] };
  return {
    built: [
      ...(here === undefined
        ? []
        : [{ sha256: here, chain: { ...chain, built: "here", sources: record?.sources ?? [] } as const }]),
      ...(sha256 === undefined ? [] : [{ sha256, chain: elsewhere }]),
    ],
    toBuild: () => (options.forOthers ? Promise.resolve(notSent(change)) : toBuild(change, pin, commit, means)),
  };
}

async function toBuild(
  change: Change,
  { base = change.name, version, sources = {}, allow = [] }: Pin,
  commit: string,
  { recipes, arch }: FindMeans,
): Promise<ReturnType<typeof toBuildAs> | Problem> {
  const recipe = await recipes.at(base, commit);
  if (recipe.version !== version && !(await recipes.hasOwnVersion(base, commit)))
    return problem(
      change,
      "lock-index-disagree",
      `${change.name} is pinned to ${version}, and the recipe at commit ${commit} makes ${recipe.version}.`,
      "`omg lock` pins what it makes.",
    );
  return toBuildAs(change.name, recipe, { version, commit, sources, allow }, arch);
}

function unpinned(change: Change): Problem {
  return problem(
    change,
    "no-such-version",
    `${change.name} is asked of the AUR, and nobody has said from which commit it may be built.`,
    "`omg lock` shows its recipe, asks, and pins it.",
  );
}

/** Whoever hands root a package of their own making can do as root what they like. */
function notTaken(change: Change): Problem {
  return problem(
    change,
    "unsupported",
    `${change.name} is built by a user, and root takes no packages that users built.`,
    "Run omg as root, which builds as nobody; or let root write `built-by-users = true` under [aur] in the machine's config.toml: whoever may use omg-root is then as good as root.",
  );
}

function notSent(change: Change): Problem {
  return problem(
    change,
    "unsupported",
    `${change.name} has not been built.`,
    "Run the command again; it is built first.",
  );
}

function problem({ address }: Change, code: Problem["code"], message: string, hint: string): Problem {
  return { code, address, message, hint };
}
