import { describe, expect, it } from "vitest";
import { effectivePolicy } from "../../policy/effective.ts";
import { evaluate } from "../../policy/evaluate.ts";
import type { Policies } from "../../schema/model/policy.ts";
import type { Step } from "../../schema/model/transaction.ts";
import { rule, transaction } from "./samples.ts";

const MACHINE = "/etc/omg/policy.toml";

function source(uris: string, parts: Partial<Step> = {}): Step {
  const step = {
    address: "sources.third",
    provider: "sources",
    name: "third",
    kind: "install",
    cause: "lock",
  } as const;
  return { ...step, before: null, after: { uris, suites: "stable" }, undo: { possible: true }, ...parts };
}

function violations(step: Step, policies: Omit<Policies, "builtIn"> = {}) {
  return evaluate(effectivePolicy({ builtIn: {}, ...policies }), [transaction([step])], [], new Date());
}

const allowing = (...patterns: readonly string[]) => ({ machine: { sourcesAllow: rule(patterns, MACHINE, 7) } });

describe("[sources] allow", () => {
  it("is demanded without any policy, and the remedy is the line to add", () => {
    expect(violations(source("https://deb.example.org/debian"))).toMatchObject([
      {
        address: "sources.third",
        rule: "sources.allow",
        file: "built-in",
        remedy: `Let root write into ${MACHINE}, under [sources]: allow = ["https://deb.example.org/debian"]`,
      },
    ]);
  });

  it.each([
    "file:/srv/ok/../evil",
    "file:/srv/ok/%2e%2E/evil",
    "file:/srv/ok/..%2fevil",
    "file:/srv/ok/x%2F..%2f../evil",
    "https://deb.example.org/ok/..",
    "https://deb.example.org/ok/./x",
  ])("admits no path that climbs, whatever is allowed: %s", (address) => {
    for (const pattern of ["*", "file:/srv/ok/*", "https://deb.example.org/*"])
      expect(violations(source(address), allowing(pattern))).toHaveLength(1);
    expect(violations(source("file:/srv/ok/a..b/x"), allowing("file:/srv/ok/*"))).toEqual([]);
  });

  it("names the list that lacks an address, and only what it lacks", () => {
    const both = source("https://deb.example.org/debian https://evil.example/debian");
    expect(violations(both, allowing("https://deb.example.org/*"))).toMatchObject([
      {
        file: MACHINE,
        line: 7,
        remedy: `Let root add "https://evil.example/debian" to the list \`allow\` in ${MACHINE}:7.`,
      },
    ]);
  });

  it.each<[string, string, boolean]>([
    ["https://deb.example.org/debian", "https://deb.example.org/debian", true],
    ["https://deb.example.org/debian/", "https://deb.example.org/debian", true],
    ["https://deb.example.org/*", "https://deb.example.org/debian", true],
    ["https://deb.example.org", "https://deb.example.org/debian", false],
    ["https://*.example.org/*", "https://a.b.example.org/debian", true],
    ["https://*.example.org/*", "https://evil.test/x.example.org/debian", false],
    ["https://*", "https://deb.example.org/debian", false],
    ["https://*/*", "https://deb.example.org/debian", true],
    ["http://deb.example.org/*", "https://deb.example.org/debian", false],
    ["https://deb.example.org/*", "https://deb.example.org.evil.test/debian", false],
    ["https://deb.example.org/*", "https://deb.example.org:8443/debian", false],
    ["file:/srv/*", "file:/srv/repo", true],
    ["file:///srv/*", "file:///srv/repo", true],
    ["*", "https://deb.example.org/debian", true],
    ["deb.example.org", "https://deb.example.org/debian", false],
  ])("%s and %s: %s", (pattern, uri, allowed) => {
    expect(violations(source(uri), allowing(pattern)).length).toBe(allowed ? 0 : 1);
  });

  it("counts for what is changed or put right, not for what goes", () => {
    const uri = "https://deb.example.org/debian";
    expect(violations(source(uri, { kind: "modify", before: { uris: uri } }))).toHaveLength(1);
    expect(violations(source(uri, { kind: "reinstall", cause: "drift" }))).toHaveLength(1);
    expect(violations(source(uri, { kind: "remove", before: { uris: uri }, after: null }))).toEqual([]);
    expect(violations(source("", { after: {} }), allowing("https://*/*"))).toHaveLength(1);
  });

  it("is narrowed by the repository, never widened", () => {
    const own = { repository: { sourcesAllow: rule(["https://deb.example.org/*"]) } };
    expect(violations(source("https://deb.example.org/debian"), own)).toMatchObject([{ file: "built-in" }]);
    expect(violations(source("https://deb.example.org/debian"), { ...allowing("*"), ...own })).toEqual([]);
    expect(violations(source("https://evil.example/debian"), { ...allowing("*"), ...own })).toMatchObject([
      { file: "/repo/policy.toml", line: 3 },
    ]);
  });
});
