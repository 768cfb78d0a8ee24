import { apply } from "../../app/commands/apply.ts";
import type { Context } from "../../app/context.ts";
import type { ApplyResult } from "../../app/results.ts";
import { OmgError } from "../../schema/error.ts";
import { foldersOf, readSettings } from "../settings.ts";
import { believe, layOut } from "../source/fetch.ts";
import { leadsTo } from "../source/point.ts";
import { verifySource } from "../source/verify.ts";
import { haveOmgdLook } from "./have-omgd-look.ts";
import { asError } from "./problems.ts";

/**
 * Makes the machine what the newest commit of its team says, now: fetched, verified and remembered as omgd does, and applied as `omg apply
 * --locked` does. Where omgd runs, it takes that commit for the one in force then.
 * @throws OmgError `not-in-a-team`, `busy`, and those of fetching and applying
 */
export async function teamPull(ctx: Context, options: { readonly yes: boolean }): Promise<ApplyResult> {
  const settings = await readSettings(ctx);
  if (settings.team === undefined) throw notInATeam();
  const verified = await verifySource(ctx, settings);
  const problem = await layOut(ctx, verified);
  const { lock } = await believe(ctx, verified, problem);
  if (problem !== undefined) throw asError(problem, "invalid");
  // An omgd that runs here says which commit the lock's path leads to.
  const isThere = () => leadsTo(foldersOf(ctx), verified.name);
  if (!isThere()) await haveOmgdLook(ctx, isThere);
  return apply(ctx, { lock, locked: true, yes: options.yes });
}

/** For what only a team's machine can be asked. */
export function notInATeam(): OmgError {
  return new OmgError({
    code: "not-in-a-team",
    exit: "invalid",
    message: "This machine follows a repository, and is in no team: its config.toml has no `team`.",
    state: "Nothing was changed.",
    hint: "omg team join URL --trust SHA256:…",
  });
}
