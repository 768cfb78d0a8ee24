import { describe, expect, it } from "vitest";
import { failureJson, failureOf } from "../../cli/failure.ts";
import { EXIT, type ExitName, OmgError } from "../../schema/error.ts";

const error = (exit: ExitName) =>
  new OmgError({
    code: "some-code",
    exit,
    message: "It happened.",
    state: "Nothing was changed.",
    hint: "Do this.",
    details: ["a"],
  });

describe("a failure", () => {
  it.each(Object.keys(EXIT) as ExitName[])("keeps the exit code of %s and all parts", (exit) => {
    expect(failureOf(error(exit))).toMatchObject({
      code: "some-code",
      exit: EXIT[exit],
      message: "It happened.",
      state: "Nothing was changed.",
      hint: "Do this.",
      details: ["a"],
    });
  });

  it("of any other kind is a bug, said calmly", () => {
    for (const thrown of [new TypeError("x is undefined"), "x is undefined"]) {
      const failure = failureOf(thrown);
      expect([failure.exit, failure.code]).toEqual([1, "bug"]);
      expect(failure.message).toContain("x is undefined");
      expect(failure.message).not.toContain("    at ");
      expect(failure.hint).toContain("bug in omg");
    }
  });

  it("of the machine is none of ours, and says what to mend", () => {
    const full = Object.assign(new Error("EROFS: read-only file system, open '/x'"), { code: "EROFS", path: "/x" });
    expect(failureOf(full, { state: "Nothing was changed." })).toMatchObject({
      code: "system-error",
      exit: 1,
      message: "/x could not be used: the file system can only be read.",
      state: "Nothing was changed.",
    });
    expect(failureOf(Object.assign(new Error("odd"), { code: "ERR_ODD", path: "/x" })).code).toBe("bug");
  });

  it("keeps the causes for OMG_DEBUG", () => {
    expect(failureOf(new Error("outer", { cause: new Error("inner") })).stack).toMatch(
      /outer[\s\S]*caused by: Error: inner/,
    );
  });

  it("after a signal says what is true, with the signal's exit code", () => {
    const abort = new DOMException("aborted", "AbortError");
    expect(failureOf(abort, { name: "SIGINT", state: "nothing was changed." })).toMatchObject({
      exit: 130,
      code: "interrupted",
      state: "nothing was changed.",
    });
    expect(failureOf(error("unreachable"), { name: "SIGTERM", state: "s" })).toMatchObject({
      exit: 143,
      message: "Terminated.",
      state: "s",
    });
  });

  it("that tells of the interruption itself keeps its words", () => {
    expect(failureOf(error("interrupted"), { name: "SIGTERM", state: "s" })).toMatchObject({
      exit: 143,
      message: "It happened.",
    });
    expect(failureOf(error("partly"), { name: "SIGINT", state: "s" })).toMatchObject({
      exit: 130,
      state: "Nothing was changed.",
    });
  });

  it("of omg-root to answer is said with what is true then, whatever was seen of it", () => {
    const unanswered = new OmgError({
      code: "root-helper-failed",
      exit: "error",
      message: "m",
      state: "It is in the log.",
    });
    expect(failureOf(unanswered, { name: "SIGINT", state: "Nothing was changed." })).toMatchObject({
      exit: 130,
      state: "It is in the log.",
    });
  });

  it("is one object in JSON", () => {
    expect(failureJson(failureOf(error("stale")))).toEqual({
      format_version: "1.0",
      error: {
        code: "some-code",
        exit_code: 7,
        message: "It happened.",
        details: ["a"],
        state: "Nothing was changed.",
        hint: "Do this.",
      },
    });
  });
});
