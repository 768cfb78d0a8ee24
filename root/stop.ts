import { OmgError } from "../schema/error.ts";

/** The wish of whoever asked that nothing more be begun. What has begun is finished. */
export interface Stop {
  readonly signal: AbortSignal;
  now(): void;
}

export function createStop(): Stop {
  const controller = new AbortController();
  return { signal: controller.signal, now: () => controller.abort(stopped()) };
}

function stopped(): OmgError {
  return new OmgError({
    code: "interrupted",
    exit: "interrupted",
    message: "omg-root was stopped before it began.",
    state: "Nothing was changed.",
  });
}
