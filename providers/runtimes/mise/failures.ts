import { join } from "node:path";
import { findMise } from "../../../host/mise-alone.ts";
import { OmgError } from "../../../schema/error.ts";
import { RUNTIMES } from "../../../schema/runtimes/names.ts";
import type { MiseOptions } from "./options.ts";

/** Path of mise; undefined where it is not there, or may not be run. */
export async function miseHere({ env, home, data, forOthers, settings }: MiseOptions): Promise<string | undefined> {
  if (forOthers) return undefined;
  return (await settings()).program ?? findMise(env.PATH, home, join(data, "shims"));
}

/** @throws OmgError `mise-missing` */
export async function requireMise(options: MiseOptions, tool: string): Promise<string> {
  const program = await miseHere(options);
  if (program !== undefined) return program;
  throw new OmgError({
    code: "mise-missing",
    exit: "unreachable",
    message: `${tool} is none of the runtimes that omg installs by itself, and mise, which knows more, is not on this machine.`,
    state: "Nothing was changed.",
    hint: `Install mise, or say where it is: \`program\` under [runtimes.mise] in config.toml. By itself omg installs ${RUNTIMES.join(", ")}.`,
  });
}

export function noSuchTool(tool: string, details: readonly string[]): OmgError {
  return new OmgError({
    code: "no-such-tool",
    exit: "error",
    message: `Neither omg nor mise knows a tool called ${tool}.`,
    state: "Nothing was changed.",
    hint: `By itself omg installs ${RUNTIMES.join(", ")}; \`mise registry\` lists what mise knows besides.`,
    details,
  });
}

export function notArchives(tool: string, details: readonly string[]): OmgError {
  return new OmgError({
    code: "no-archive",
    exit: "refused",
    message: `mise has ${tool} from no archive at an address: a plugin or another package manager would fetch it, and nobody could say what.`,
    state: "Nothing was changed: omg installs only what can be pinned by its hash.",
    hint: "Take it from the system's packages, or leave it to mise alone: `omg list` shows it all the same.",
    details,
  });
}

export function noAddress(tool: string, version: string, details: readonly string[]): OmgError {
  return new OmgError({
    code: "no-archive",
    exit: "refused",
    message: `mise names no address of ${tool} ${version} for this machine.`,
    state: "Nothing was changed: omg installs only what can be pinned by its hash.",
    hint: "Try again in case a server did not answer; otherwise ask for another version.",
    details,
  });
}

export function unanswered(tool: string, details: readonly string[]): OmgError {
  return new OmgError({
    code: "index-unreachable",
    exit: "unreachable",
    message: `mise did not find out which versions of ${tool} there are.`,
    state: "Nothing was changed.",
    hint: "Read what mise says. GitHub answers more questions where GITHUB_TOKEN is set; mirrors are set by `mirrors` under [runtimes.mise] in config.toml.",
    details,
  });
}

export function otherBytes(tool: string, version: string, published: string, found: string, url: string): OmgError {
  return new OmgError({
    code: "lock-index-disagree",
    exit: "refused",
    message: `The publisher of ${tool} ${version} names ${published} for ${url}, and what lies there has ${found}.`,
    state: "Nothing was changed.",
    hint: "One version with two archives means that somebody replaced it: find out who and why.",
  });
}
