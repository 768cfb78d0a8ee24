import { FetchFailure } from "../host/fetch-failure.ts";
import { OmgError } from "../schema/error.ts";
import type { Artifact } from "../schema/model/artifact.ts";

/** An artifact that nobody delivered, and why. */
export interface Missed {
  readonly artifact: Artifact;
  readonly error: OmgError;
}

/** Whether the others are worth asking for: the server is there, and this one file is not. */
export function isAboutOneFile({ cause }: OmgError): boolean {
  if (!(cause instanceof AggregateError)) return false;
  return cause.errors.every((failure) => failure instanceof FetchFailure && !failure.isTemporary);
}

/** One error for all that could not be had; `unasked`: how many were not tried after that. */
export function missing(missed: readonly Missed[], unasked: number): OmgError {
  const [first] = missed;
  const one = missed.length === 1;
  const hints = new Set(missed.map(({ error }) => error.hint ?? ""));
  return new OmgError({
    code: first?.error.code ?? "artifact-unreachable",
    exit: "unreachable",
    message: `${one ? `${nameOf(first?.artifact)} could` : `${missed.length} artifacts could`} not be fetched${
      unasked === 0 ? "" : `; ${unasked} more ${unasked === 1 ? "was" : "were"} not tried after that`
    }.`,
    state: "Nothing was changed. What has arrived is kept, and the next run goes on from there.",
    hint: [...hints].filter((hint) => hint !== "").join(" "),
    details: missed.flatMap(({ artifact, error }) => {
      const lines = error.details.length > 0 ? error.details : [error.message];
      return one ? lines : lines.map((line) => `${nameOf(artifact)}: ${line}`);
    }),
    cause: new AggregateError(missed.map(({ error }) => error)),
  });
}

function nameOf(artifact: Artifact | undefined): string {
  return artifact === undefined ? "" : `${artifact.address} ${artifact.version}`;
}
