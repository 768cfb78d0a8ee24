import { describe, expect, it } from "vitest";
import { FetchFailure, type FetchReason } from "../../host/fetch-failure.ts";
import { isAboutOneFile, missing } from "../../reconciler/fetch-failures.ts";
import { OmgError } from "../../schema/error.ts";
import type { Artifact } from "../../schema/model/artifact.ts";

function failed(...failures: readonly [FetchReason, number?][]): OmgError {
  const causes = failures.map(([reason, status]) =>
    status === undefined
      ? new FetchFailure(reason, reason)
      : new FetchFailure(reason, `${status}`, undefined, { status }),
  );
  return new OmgError({
    code: "artifact-unreachable",
    exit: "unreachable",
    message: "not there",
    hint: "Look.",
    details: causes.map(({ message }) => message),
    cause: new AggregateError(causes),
  });
}

const artifact = (name: string) => ({ address: `apt.${name}`, version: "1" }) as Artifact;

describe("a failure", () => {
  it.each<[OmgError, boolean]>([
    [failed(["http-status", 404]), true],
    [failed(["http-status", 404], ["unreadable"]), true],
    [failed(["http-status", 503]), false],
    [failed(["connection-refused"]), false],
    [failed(["http-status", 404], ["stalled"]), false],
    [new OmgError({ code: "x", exit: "unreachable", message: "in apt's own words" }), false],
  ])("is about one file, or about the server: %#", (error, expected) => {
    expect(isAboutOneFile(error)).toBe(expected);
  });

  it("of one artifact names it, and what was not tried after it", () => {
    const error = missing([{ artifact: artifact("a"), error: failed(["connection-refused"]) }], 7);
    expect(error.message).toBe("apt.a 1 could not be fetched; 7 more were not tried after that.");
    expect([error.exit, error.hint, error.details]).toEqual(["unreachable", "Look.", ["connection-refused"]]);
  });

  it("of several says for each why, and each advice once", () => {
    const error = missing(
      ["a", "b"].map((name) => ({ artifact: artifact(name), error: failed(["http-status", 404]) })),
      0,
    );
    expect([error.message, error.hint]).toEqual(["2 artifacts could not be fetched.", "Look."]);
    expect(error.details).toEqual(["apt.a 1: 404", "apt.b 1: 404"]);
  });
});
