import { OmgError } from "../schema/error.ts";
import { withoutCredentials } from "./address.ts";
import type { FetchFailure } from "./fetch-failure.ts";
import { stripControls } from "./text.ts";

/** How one address ended. */
export interface AddressFailure {
  readonly address: string;
  readonly failure: FetchFailure;
}

const KEPT = "What had arrived of it is kept, and the next run goes on from there.";

export function downloadInterrupted(cause: unknown): OmgError {
  return new OmgError({
    code: "interrupted",
    exit: "interrupted",
    message: "The download was interrupted.",
    state: KEPT,
    cause,
  });
}

/** What to say when no address had the bytes. `kept`: a part of them is there. */
export function nothingDelivered(sha256: string, failures: readonly AddressFailure[], kept: boolean): OmgError {
  const mismatch = failures.find(({ failure }) => failure.isMismatch);
  const common = {
    state: kept ? KEPT : "Nothing was changed, and nothing of it was kept.",
    details: failures.map(({ address, failure }) =>
      stripControls(`${withoutCredentials(address)}: ${failure.message}`),
    ),
    cause: new AggregateError(failures.map(({ failure }) => failure)),
  };
  if (mismatch !== undefined) return new OmgError({ ...common, ...otherBytes(sha256, mismatch) });
  return new OmgError({
    ...common,
    code: "artifact-unreachable",
    exit: "unreachable",
    message:
      failures.length === 0
        ? `No address is known for the artifact with the sha256 ${sha256}.`
        : `None of ${failures.length} addresses delivered the artifact with the sha256 ${sha256}.`,
    hint: hintFor(failures),
  });
}

function hintFor(failures: readonly AddressFailure[]): string {
  const all = (...statuses: readonly number[]): boolean =>
    failures.length > 0 && failures.every(({ failure }) => statuses.includes(failure.answer?.status ?? 0));
  if (all(404, 410)) return "Bring the package lists up to date (apt-get update): the archive may have moved on.";
  if (all(401, 403)) return "Look at the login for that server: see apt_auth.conf(5).";
  return "Check the network and the sources, then run the command again.";
}

function otherBytes(sha256: string, { address, failure }: AddressFailure) {
  return {
    code: "artifact-mismatch",
    exit: "refused",
    message: stripControls(
      `${withoutCredentials(address)} delivered other bytes than the sha256 ${sha256} stands for: ${failure.message}.`,
    ),
    hint: "Refresh the package lists (the archive may have moved on); if it stays, do not trust that address.",
  } as const;
}
