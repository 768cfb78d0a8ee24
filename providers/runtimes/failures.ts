import { withoutCredentials } from "../../host/address.ts";
import { FetchFailure } from "../../host/fetch-failure.ts";
import { stripControls } from "../../host/text.ts";
import { OmgError } from "../../schema/error.ts";
import type { Runtime } from "../../schema/runtimes/names.ts";

/** The failure of one address; anything else is thrown again. */
export function failureOf(cause: unknown): FetchFailure {
  if (cause instanceof FetchFailure) return cause;
  throw cause;
}

function shown(address: string): string {
  return stripControls(withoutCredentials(address));
}

export function invalidIndex(address: string, why: string, cause?: unknown): OmgError {
  return new OmgError({
    code: "index-invalid",
    exit: "unreachable",
    message: `${shown(address)} answered with something else than what it should have: ${why}.`,
    state: "Nothing was changed.",
    hint: "Look at what is there; a mirror of your own is set by `mirror` under [runtimes] in config.toml.",
    cause,
  });
}

export function missing(runtime: Runtime, what: string, address: string): OmgError {
  return new OmgError({
    code: "proof-missing",
    exit: "refused",
    message: `${what[0]?.toUpperCase()}${what.slice(1)} is not at ${shown(address)}, and ${runtime}'s publisher has one for each version.`,
    state: "Nothing was changed: without it nobody vouches for the archive.",
    hint: "If a mirror is set in config.toml, have it keep these files, too; otherwise take another version.",
  });
}

export function unreachable(
  runtime: Runtime,
  code: string,
  what: string,
  address: string,
  failure: FetchFailure,
  github: string,
): OmgError {
  const status = address.startsWith(`${github}/`) ? (failure.answer?.status ?? 0) : 0;
  const limited = [403, 429].includes(status);
  const until = failure.answer?.retryAfterMs;
  const when = until === undefined ? "in an hour" : `in ${Math.max(1, Math.ceil(until / 60_000))} min`;
  return new OmgError({
    code: limited ? "rate-limited" : code,
    exit: "unreachable",
    message: `${what[0]?.toUpperCase()}${what.slice(1)} of ${runtime} could not be had: ${shown(address)}: ${failure.message}.`,
    state: "Nothing was changed.",
    hint: limited
      ? `GitHub answers only so many questions an hour. Try again ${when}, or set GITHUB_TOKEN: with a token it answers many more.`
      : status === 401
        ? "GitHub does not take the token in GITHUB_TOKEN, GH_TOKEN or OMG_GITHUB_TOKEN (any more): renew it, or unset it."
        : "Try again when it answers; a mirror is set by `mirror` and `index` under [runtimes] in config.toml.",
    cause: failure,
  });
}

export function withoutKeys(runtime: Runtime, address: string, place: string, answers: readonly unknown[]): OmgError {
  const reason = answers.find((answer) => answer instanceof FetchFailure)?.message ?? "it answered nothing";
  return new OmgError({
    code: "keys-unreachable",
    exit: "unreachable",
    message: `The keys of ${runtime}'s publisher could not be had: ${shown(address)}: ${reason}.`,
    state: "Nothing was changed.",
    hint: `Try again when it answers, or put the keys into ${place}.`,
  });
}
