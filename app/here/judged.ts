import { join } from "node:path";
import { pathsFor } from "../../host/paths.ts";
import { scanForSecrets } from "../../host/secret-scan.ts";
import { settingFault } from "../../policy/index.ts";
import { requireSetting } from "../../providers/shell/names.ts";
import { OmgError } from "../../schema/error.ts";
import type { Context } from "../context.ts";
import { readPolicies } from "../policies.ts";
import type { FolderSettings } from "./settings.ts";
import type { Watched } from "./watched.ts";

/** What may be set, and why the rest may not: `NAME: reason`, a clause each. */
export interface Judged extends Pick<FolderSettings, "variables" | "aliases"> {
  readonly refused: readonly string[];
}

/** Judges settings by the names that shells take, the machine's policy, and whether a value is a secret. */
export async function judge(ctx: Context, watched: Watched, settings: FolderSettings): Promise<Judged> {
  watched.look(join(pathsFor("system", ctx).config, "policy.toml"));
  const allowed = await allowedByMachine(ctx);
  if (allowed instanceof OmgError) return { variables: [], aliases: [], refused: [`everything: ${allowed.message}`] };
  const refused: string[] = settings.leftOut.map((name) => `${name}: only mise itself can tell its value`);
  const passes = (name: string, why: string | undefined) => {
    if (why !== undefined) refused.push(`${name}: ${why}`);
    return why === undefined;
  };
  const variables = settings.variables.filter(({ name, kind, value }) =>
    passes(
      name,
      settingProblem("env", name, value, allowed) ?? (kind === "value" ? secretProblem(name, value) : undefined),
    ),
  );
  const aliases = settings.aliases.filter(({ name, value }) =>
    passes(name, settingProblem("alias", name, value, allowed)),
  );
  return { variables, aliases, refused };
}

/** A policy that cannot be read refuses everything. */
async function allowedByMachine(ctx: Context): Promise<readonly string[] | OmgError> {
  try {
    return (await readPolicies(ctx, undefined)).machine?.shellAllow?.value ?? [];
  } catch (error) {
    if (error instanceof OmgError) return error;
    throw error;
  }
}

function settingProblem(
  kind: "env" | "alias",
  name: string,
  value: string,
  allowed: readonly string[],
): string | undefined {
  try {
    requireSetting(kind, name, value);
  } catch (error) {
    if (error instanceof OmgError) return error.message.replace(/^.*?: |\.$/g, "");
    throw error;
  }
  return settingFault(`${kind}.${name}`, allowed) === undefined
    ? undefined
    : "it needs the machine's policy, [shell] allow";
}

/** As `omg audit secrets` would find it in the lock. */
function secretProblem(name: string, value: string): string | undefined {
  const { secrets } = scanForSecrets(`${name}: ${JSON.stringify(value)}\n`, "omg.lock");
  return secrets.length === 0 ? undefined : "it looks like a secret; write { from: env, file or command } instead";
}
