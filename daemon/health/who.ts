import { dirname } from "node:path";
import type { Context } from "../../app/context.ts";
import { refuseForeign } from "../../app/own-files.ts";
import { OmgError } from "../../schema/error.ts";
import type { HealthCommand } from "./checks.ts";

/** A command as config.toml has it. */
export interface ConfiguredCommand {
  readonly command: readonly string[];
  readonly limit?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** Whoever has no other id to run commands by: nobody, on Debian and Arch alike. */
const NOBODY = 65_534;
const LIMIT_SECONDS = 30;

/**
 * What is run of config.toml, and as whom. `what`: the command in words.
 * @throws OmgError `command-not-allowed`
 */
export function commandOf({ uid: own }: Pick<Context, "uid">, what: string, found: ConfiguredCommand): HealthCommand {
  const { command, limit = LIMIT_SECONDS, uid, gid } = found;
  const [program = "", ...args] = command;
  const all = { command: [program, ...args], limitSeconds: limit } as const;
  if (own === 0) return { ...all, as: { uid: uid ?? NOBODY, gid: gid ?? uid ?? NOBODY } };
  if ((uid ?? own) === own && gid === undefined) return all;
  throw new OmgError({
    code: "command-not-allowed",
    exit: "invalid",
    message: `${what} is to run as another user, and only root's omgd can do that.`,
    state: "Nothing was run.",
    hint: "Take `uid` and `gid` out of your config.toml.",
  });
}

/**
 * Whoever can write the file says what is run.
 * @throws OmgError `config-of-another`
 */
export function refuseForeignConfig(ctx: Context, file: string): void {
  for (const path of [dirname(file), file]) refuseForeign(ctx, path, "config-of-another", "say what runs here");
}
