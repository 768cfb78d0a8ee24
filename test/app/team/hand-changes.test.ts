import { describe, expect, it } from "vitest";
import { type HandInput, handChanges } from "../../../app/team/hand-changes.ts";
import { compareDebianVersions, satisfiesRequest } from "../../../host/debian-version.ts";
import type { Wanted } from "../../../schema/model/desired.ts";
import type { ObservedResource } from "../../../schema/model/resource.ts";

const SHA = "a".repeat(64);
const pinned = (version: string) => ({ version, sha256: SHA, from: "debian" });
const asked = (more: Partial<Wanted> = {}): Wanted => ({
  provider: "apt",
  name: "curl",
  presence: "present",
  request: "*",
  attributes: {},
  pin: pinned("1"),
  ...more,
});
const { request: _, ...DEPENDENCY } = asked();
const here = (version: string, health: ObservedResource["health"] = "installed"): ObservedResource => ({
  name: "curl",
  health,
  attributes: { version },
  requested: true,
});

interface Case {
  readonly was?: Wanted;
  readonly wanted?: Wanted | undefined;
  readonly before?: string | undefined;
  readonly now?: ObservedResource;
  readonly touched?: boolean;
  readonly offered?: ReturnType<typeof pinned> | { readonly version: string };
}

/** One name: applied at version 1, and asked for as it was then, unless the case says otherwise. */
function told(each: Case) {
  const { was = asked(), now, touched = false, offered } = each;
  const wanted = "wanted" in each ? each.wanted : asked();
  const before = "before" in each ? each.before : "1";
  const input: HandInput = {
    was: [was],
    wanted: wanted === undefined ? [] : [wanted],
    before: new Map(before === undefined ? [] : [["curl", { version: before }]]),
    now: new Map(now === undefined ? [] : [["curl", now]]),
    touched: new Set(touched ? ["apt.curl"] : []),
    offered: new Map(offered === undefined ? [] : [["curl", offered]]),
    versioning: { compare: compareDebianVersions, satisfies: satisfiesRequest },
  };
  const [only] = handChanges(input);
  return only === undefined ? "nothing" : only.type === "stays" ? only.why : only.type;
}

describe("what somebody changed by hand", () => {
  it.each<readonly [string, Case, string]>([
    ["is here as it was", { now: here("1") }, "nothing"],
    ["is gone", {}, "removed"],
    ["has left its configuration", { now: here("1", "residual") }, "removed"],
    ["is half installed", { now: here("1", "needs-repair") }, "nothing"],
    ["cannot be read", { now: here("1", "unavailable") }, "nothing"],
    ["was not there after the apply either", { before: undefined }, "nothing"],
    ["is gone, and omg was at it since", { touched: true }, "nothing"],
    ["is gone, and from the lock too", { wanted: undefined }, "nothing"],
    ["is gone, and the lock wants it gone", { wanted: asked({ presence: "absent" }) }, "nothing"],
    ["was to be absent", { was: asked({ presence: "absent" }) }, "nothing"],
    ["was wanted by an earlier apply alone", { was: asked({ past: true }) }, "nothing"],
    ["was a dependency, and is gone", { was: DEPENDENCY, wanted: DEPENDENCY }, "nothing"],
    ["is newer", { now: here("2"), offered: pinned("2") }, "moved"],
    ["is older", { now: here("0"), offered: pinned("0") }, "moved"],
    ["was ahead of its pin before", { before: "2", now: here("2"), offered: pinned("2") }, "nothing"],
    ["is a newer dependency", { was: DEPENDENCY, wanted: DEPENDENCY, now: here("2"), offered: pinned("2") }, "moved"],
    ["is what the lock moved to as well", { wanted: asked({ pin: pinned("2") }), now: here("2") }, "nothing"],
    ["is newer, and omg brought it", { now: here("2"), offered: pinned("2"), touched: true }, "nothing"],
  ])("%s", (_name, given, expected) => {
    expect(told(given)).toBe(expected);
  });

  it.each<readonly [string, Case, string]>([
    ["gone, and moved by others", { wanted: asked({ pin: pinned("2") }) }, "says otherwise of it"],
    ["gone, and asked for otherwise by others", { wanted: asked({ request: "1.*" }) }, "says otherwise of it"],
    [
      "newer, and moved by others to a third",
      { wanted: asked({ pin: pinned("3") }), now: here("2") },
      "moved it since",
    ],
    [
      "beyond the request",
      { was: asked({ request: "1" }), wanted: asked({ request: "1" }), now: here("2") },
      "asks for 1",
    ],
    ["of nobody's", { now: here("2"), offered: { version: "2" } }, "no source lists"],
    [
      "from elsewhere than is demanded",
      { was: asked({ from: "backports" }), wanted: asked({ from: "backports" }), now: here("2"), offered: pinned("2") },
      "wants it from backports",
    ],
  ])("stays in the lock where it is %s", (_name, given, expected) => {
    expect(told(given)).toContain(expected);
  });
});
