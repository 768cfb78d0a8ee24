import { describe, expect, it } from "vitest";
import { BUILT_IN_POLICY, effectivePolicy } from "../../policy/effective.ts";
import { evaluate } from "../../policy/evaluate.ts";
import type { Judgement, Violation } from "../../schema/model/artifact.ts";
import type { PolicyFile } from "../../schema/model/policy.ts";
import type { Step } from "../../schema/model/transaction.ts";
import { artifactOf, evidence, install, judged, removal, rule, setting, transaction } from "./samples.ts";

const VERIFIED = [evidence("checksum", "pass"), evidence("signature", "pass")];

const NOW = new Date("2026-11-21T12:00:00Z");

function violations(
  file: PolicyFile,
  steps: readonly Step[],
  judgements?: readonly Judgement[],
  machine?: PolicyFile,
): Violation[] {
  const arriving = steps.filter(({ after }) => after?.version !== undefined);
  const artifacts = arriving.map(({ name }) => artifactOf(name, name.startsWith("d-") ? { origin: "docker" } : {}));
  const given = judgements ?? arriving.map(({ name }) => judged(name, "verified", VERIFIED));
  const policy = effectivePolicy({
    builtIn: BUILT_IN_POLICY,
    repository: file,
    ...(machine === undefined ? {} : { machine }),
  });
  return evaluate(policy, [transaction(steps, artifacts)], given, NOW);
}

const brief = (found: readonly Violation[]): string[] => found.map((one) => `${one.address} ${one.rule}`);

describe("grade", () => {
  it("built in: nothing that failed a check, whatever grade the repository is content with", () => {
    const failed = [evidence("checksum", "pass"), evidence("signature", "fail", "key-revoked")];
    const found = violations({ gradeMinimum: rule("risk") }, [install("a")], [judged("a", "risk", failed)]);
    expect(found).toEqual([
      {
        address: "apt.a",
        rule: "checks",
        file: "built-in",
        message: "a 1.0 from debian did not pass. signature: fail.",
        remedy: "Do not use the source until its owner has published a new key.",
      },
    ]);
  });

  it("the strictest of overall, source and package counts, and is named with file and line", () => {
    const file: PolicyFile = {
      gradeMinimum: rule("community"),
      gradeSources: { docker: rule("verified", "/p", 5) },
      gradePackages: { "d-e*": rule("locked", "/p", 7) },
    };
    expect(brief(violations(file, [install("a"), install("d-cli"), install("d-engine")]))).toEqual([
      "apt.d-engine grade.packages.d-e*",
    ]);
    expect(violations(file, [install("d-engine")])[0]).toMatchObject({ file: "/p", line: 7 });
    const community = [judged("d-cli", "community", [evidence("checksum", "pass")])];
    expect(brief(violations(file, [install("d-cli")], community))).toEqual(["apt.d-cli grade.sources.docker"]);
  });

  it("says that it is provisional while the bytes are not here", () => {
    const pending = [judged("a", "community", [evidence("checksum", "pending")])];
    expect(violations({ gradeMinimum: rule("locked") }, [install("a")], pending)[0]?.message).toContain(
      "before its bytes were seen",
    );
  });

  it("bytes that nobody judged did not pass, and are a risk", () => {
    expect(brief(violations({}, [install("a")], []))).toEqual(["apt.a checks"]);
    expect(brief(violations({ gradeMinimum: rule("community") }, [install("a", { sha256: "ff" })]))).toEqual([
      "apt.a checks",
      "apt.a grade.minimum",
    ]);
  });

  it("every kind of arrival counts, and marks do not", () => {
    const kinds = ["install", "upgrade", "downgrade", "reinstall", "modify"] as const;
    const steps = kinds.map((kind) => install(kind, { kind }));
    expect(violations({}, steps, []).map(({ address }) => address)).toEqual([
      "apt.install",
      "apt.upgrade",
      "apt.downgrade",
      "apt.reinstall",
    ]);
  });
});

describe("signatures, origins, packages", () => {
  it("signatures.required wants one that passes", () => {
    const file = { signaturesRequired: rule(true) };
    const judgements = [
      judged("a", "verified", VERIFIED),
      judged("b", "community", [evidence("checksum", "pass"), evidence("signature", "absent")]),
      judged("c", "community", [evidence("checksum", "pass")]),
    ];
    expect(brief(violations(file, [install("a"), install("b"), install("c")], judgements))).toEqual([
      "apt.b signatures.required",
      "apt.c signatures.required",
    ]);
    expect(violations({ signaturesRequired: rule(false) }, [install("c")], judgements)).toEqual([]);
  });

  it("origins.allow wants a source that every list allows", () => {
    const steps = [install("a"), install("d-cli")];
    expect(brief(violations({ originsAllow: rule(["deb*"]) }, steps))).toEqual(["apt.d-cli origins.allow"]);
    expect(
      brief(
        violations({ originsAllow: rule(["*"]) }, steps, undefined, {
          originsAllow: rule(["docker"], "/etc/omg/policy.toml"),
        }),
      ),
    ).toEqual(["apt.a origins.allow"]);
    expect(brief(violations({ originsAllow: rule([]) }, steps))).toHaveLength(2);
  });

  it("packages.deny wins over allow, for dependencies too", () => {
    const file = { packagesAllow: rule(["a", "apt.tel*"]), packagesDeny: rule(["telnet"]) };
    const steps = [install("a"), install("telnet", { cause: "dependency", because: "apt.a" }), install("b")];
    const found = violations(file, steps);
    expect(brief(found)).toEqual(["apt.b packages.allow", "apt.telnet packages.deny"]);
    expect(found[1]?.remedy).toBe("Take apt.a, which needs it, out of the lock.");
  });

  it("take a pattern for names for no pattern of addresses", () => {
    const denied = (pattern: string) => brief(violations({ packagesDeny: rule([pattern]) }, [install("zlib")]));
    for (const none of ["a*", "apt*", "apt", "lib.*"]) expect(denied(none)).toEqual([]);
    for (const some of ["z*", "apt.z*", "*.zlib", "a*.zlib", "*"]) expect(denied(some)).toHaveLength(1);
  });

  it("say nothing about removals and settings", () => {
    expect(
      violations({ packagesDeny: rule(["*"]), originsAllow: rule([]) }, [removal("telnet"), setting("env.EDITOR")]),
    ).toEqual([]);
  });
});

describe("limits", () => {
  it("removals.max counts removals and purges, for whatever reason", () => {
    const steps = [removal("a"), { ...removal("b"), kind: "purge", cause: "conflict" } as const, removal("c")];
    expect(violations({ removalsMax: rule(3) }, steps)).toEqual([]);
    expect(violations({ removalsMax: rule(2) }, steps)).toMatchObject([
      { rule: "removals.max", message: "3 would be removed, and 2 may be: apt.a, apt.b, apt.c." },
    ]);
    expect(violations({ removalsMax: rule(0) }, [install("a")])).toEqual([]);
  });

  it("removals.deny keeps names, whatever drives them out", () => {
    const steps = [{ ...removal("sudo"), cause: "conflict", because: "apt.doas" } as const, removal("b")];
    const found = violations({ removalsDeny: rule(["sudo", "openssh*"]) }, [...steps, install("openssh-server")]);
    expect(found).toMatchObject([
      {
        address: "apt.sudo",
        rule: "removals.deny",
        message: "The removal of apt.sudo because of apt.doas: it may not be removed.",
      },
    ]);
  });

  it("undo.required refuses what has no way back, with the reason", () => {
    const lost = install("a", { undo: { possible: false, reason: "its bytes are gone" } });
    expect(violations({ undoRequired: rule(true) }, [lost, install("b")])).toMatchObject([
      { address: "apt.a", message: expect.stringContaining("its bytes are gone") },
    ]);
    expect(violations({ undoRequired: rule(false) }, [lost])).toEqual([]);
  });
});

describe("the shell's guarded names", () => {
  const guarded = [
    "env.PATH",
    "env.LD_PRELOAD",
    "env.NODE_OPTIONS",
    "env.PYTHONSTARTUP",
    "env.BASH_ENV",
    "env.GIT_SSH_COMMAND",
    "env.DYLD_INSERT_LIBRARIES",
    "env.HOME",
    "env.path",
    "env.fpath",
    "alias.sudo",
    "alias.cd",
    "alias.git",
    "alias..",
  ];
  const free = [
    "env.EDITOR",
    "env.PAGER",
    "env.LANG",
    "env.NODE_ENV",
    "env.GIT_AUTHOR_NAME",
    "env.MY_PATH_TO_THINGS",
    "alias.ll",
    "alias.ls",
    "alias.gst",
  ];

  it.each(guarded)("%s needs the machine's permission", (name) => {
    expect(violations({}, [setting(name)])).toMatchObject([
      { address: `shell.${name}`, rule: "shell.allow", file: "built-in" },
    ]);
  });

  it.each(free)("%s does not", (name) => {
    expect(violations({}, [setting(name)])).toEqual([]);
  });

  it("the machine's list permits, the repository's does not", () => {
    const list = { shellAllow: rule(["PATH", "alias.git"], "/etc/omg/policy.toml", 12) };
    const steps = [setting("env.PATH"), setting("alias.git"), setting("env.LD_PRELOAD")];
    expect(violations(list, steps)).toHaveLength(3);
    expect(violations({}, steps, undefined, list)).toMatchObject([
      { address: "shell.env.LD_PRELOAD", file: "/etc/omg/policy.toml", line: 12 },
    ]);
  });

  it("taking a guarded name away is nobody's concern", () => {
    expect(violations({}, [{ ...setting("env.PATH"), kind: "remove", after: null }])).toEqual([]);
  });
});

it("finds everything at once", () => {
  const file: PolicyFile = {
    gradeMinimum: rule("locked"),
    originsAllow: rule([]),
    packagesDeny: rule(["a"]),
    removalsMax: rule(0),
  };
  const found = violations(file, [install("a"), removal("b"), setting("env.PATH")]);
  expect(brief(found)).toEqual([
    "apt.a grade.minimum",
    "apt.a origins.allow",
    "apt.a packages.deny",
    "apt.b removals.max",
    "shell.env.PATH shell.allow",
  ]);
  for (const { message, remedy, file: place } of found)
    expect([message, remedy, place].every((text) => text.length > 0)).toBe(true);
});
