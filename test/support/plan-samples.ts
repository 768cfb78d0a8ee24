import type { Artifact, Evidence, Judgement, Violation, Waived } from "../../schema/model/artifact.ts";
import type { Diff } from "../../schema/model/change.ts";
import type { Plan } from "../../schema/model/plan.ts";
import type { Address } from "../../schema/model/resource.ts";
import type { Problem, Step } from "../../schema/model/transaction.ts";

/** Small plans for tests of what shows or writes plans. The values are made up; nothing reads a machine. */

/** 64 hex digits that differ by seed. */
export function fakeSha(seed: number): string {
  return seed.toString(16).padStart(2, "0").repeat(32);
}

export function sampleDiff(parts: Partial<Diff> = {}): Diff {
  return {
    drift: [],
    changes: [],
    ahead: [],
    unmanaged: [],
    foreign: [],
    unpinned: [],
    satisfied: 412,
    unreadable: [],
    ...parts,
  };
}

type StepParts = Partial<Omit<Step, "address">> & { readonly kind: Step["kind"] };

export function sampleStep(address: Address, parts: StepParts): Step {
  const dot = address.indexOf(".");
  return {
    address,
    provider: address.slice(0, dot),
    name: address.slice(dot + 1),
    cause: "lock",
    before: null,
    after: null,
    undo: { possible: true },
    ...parts,
  };
}

function sampleArtifact(step: Step, parts: Partial<Artifact> = {}): Artifact {
  const version = String(step.after?.version ?? "1.0");
  return {
    address: step.address,
    name: step.name,
    version,
    arch: "amd64",
    sha256: step.sha256 ?? fakeSha(99),
    size: 1_600_000,
    urls: [`http://deb.example.org/pool/${step.name}.deb`],
    filename: `${step.name}_${version}_amd64.deb`,
    origin: "debian",
    chain: { type: "recorded", evidence: [] },
    role: "install",
    ...parts,
  };
}

function sampleJudgement(step: Step, parts: Partial<Judgement> = {}): Judgement {
  const evidence: Evidence[] = [
    {
      check: "signature",
      verdict: "pass",
      code: "signed",
      detail: "Signed by the archive key.",
      facts: { key: "4D64", index: fakeSha(7) },
    },
    { check: "checksum", verdict: "pending", code: "not-fetched", detail: "The bytes are not here yet.", facts: {} },
  ];
  return { address: step.address, sha256: step.sha256 ?? fakeSha(99), evidence, grade: "verified", ...parts };
}

interface PlanParts {
  readonly steps?: readonly Step[];
  readonly diff?: Partial<Diff>;
  readonly problems?: readonly Problem[];
  readonly violations?: readonly Violation[];
  readonly warnings?: readonly Violation[];
  readonly waived?: readonly Waived[];
  readonly notes?: readonly string[];
  readonly goal?: Plan["goal"];
  readonly time?: string;
}

export function samplePlan(parts: PlanParts = {}): Plan {
  const steps = parts.steps ?? [];
  const installing = steps.filter((step) => step.sha256 !== undefined);
  return {
    time: parts.time ?? "2026-11-15T08:30:00.000Z",
    goal: parts.goal ?? { type: "lock" },
    binding: {
      lock: { name: "web-team", repository: "https://git.example.org/web/env" },
      lockDigest: fakeSha(1),
      commit: "3f2a91c07be1d2c3f4a5b6c7d8e9f00112233445",
      policies: { "/etc/omg/policy.toml": fakeSha(2), "/home/ada/myRepo/policy.toml": fakeSha(3) },
      providers: { shell: fakeSha(5), apt: fakeSha(4) },
      platform: "debian-12-amd64",
    },
    diff: sampleDiff(parts.diff),
    steps,
    transactions: [
      {
        provider: "apt",
        steps,
        artifacts: installing.map((step) => sampleArtifact(step)),
        problems: parts.problems ?? [],
        notes: [],
      },
    ],
    problems: parts.problems ?? [],
    verdict: {
      judgements: installing.map((step) => sampleJudgement(step)),
      violations: parts.violations ?? [],
      warnings: parts.warnings ?? [],
      waived: parts.waived ?? [],
      policy: fakeSha(6),
    },
    notes: parts.notes ?? [],
    digest: fakeSha(8),
  };
}

/** Steps of every kind, with names and versions as long as real ones get. */
export function everyKindOfStep(): Step[] {
  return [
    sampleStep("apt.ripgrep", { kind: "install", after: { version: "13.0.0-4+b2", auto: false }, sha256: fakeSha(11) }),
    sampleStep("apt.libpcre2-posix3", {
      kind: "install",
      cause: "dependency",
      because: "apt.ripgrep",
      after: { version: "10.42-1", auto: true },
      sha256: fakeSha(12),
    }),
    sampleStep("apt.curl", {
      kind: "upgrade",
      cause: "drift",
      before: { version: "7.88.1-10+deb12u5", auto: false },
      after: { version: "7.88.1-10+deb12u14", auto: false },
      sha256: fakeSha(13),
    }),
    sampleStep("apt.libreoffice-core-nogui-extras-common", {
      kind: "downgrade",
      before: { version: "4:7.4.7-1+deb12u8~bpo12+1" },
      after: { version: "4:7.4.7-1+deb12u5" },
      sha256: fakeSha(14),
      undo: {
        possible: false,
        reason: "version 4:7.4.7-1+deb12u8~bpo12+1 is offered by no configured source and cannot be kept",
      },
    }),
    sampleStep("apt.jq", {
      kind: "modify",
      before: { version: "1.6-2.1", auto: true, hold: false },
      after: { version: "1.6-2.1", auto: false, hold: true },
    }),
    sampleStep("apt.tree", {
      kind: "reinstall",
      cause: "drift",
      before: { version: "2.1.0-1" },
      after: { version: "2.1.0-1" },
      sha256: fakeSha(15),
    }),
    sampleStep("apt.telnet", { kind: "remove", cause: "left", before: { version: "0.17+2.4-2" } }),
    sampleStep("apt.netcat-traditional", {
      kind: "purge",
      cause: "conflict",
      because: "apt.netcat-openbsd",
      before: { version: "1.10-47" },
    }),
  ];
}

/** A plan with something in every part of the screen but what stops it. */
export function fullPlan(): Plan {
  return samplePlan({
    steps: everyKindOfStep(),
    diff: {
      drift: [
        { address: "apt.curl", before: { version: "7.88.1-10+deb12u14" }, after: { version: "7.88.1-10+deb12u5" } },
        { address: "apt.htop", before: { version: "3.2.2-2" }, after: null },
      ],
      ahead: [{ address: "apt.openssl", installed: "3.0.17-1~deb12u3", pinned: "3.0.17-1~deb12u2" }],
      unmanaged: ["vim", "emacs", "nano", "joe", "mg", "micro", "ne", "kakoune"].map((name): Address => `apt.${name}`),
      foreign: ["apt.google-chrome-stable"],
      unpinned: ["apt.newthing"],
    },
    notes: ["env.TOKEN comes from the command `pass show token`: only your own shell runs it."],
  });
}

/** A plan that the solver has no answer for and that policy refuses. */
export function refusedPlan(): Plan {
  return samplePlan({
    steps: everyKindOfStep().slice(0, 2),
    problems: [
      {
        code: "no-such-version",
        address: "apt.nodejs",
        message:
          "no configured source offers 20.19.5-1; there are 18.19.0+dfsg-6~deb12u2 (debian) and 20.18.1-1nodesource1 (nodesource).",
        hint: "`omg lock` pins one that exists",
      },
    ],
    violations: [
      {
        address: "apt.ripgrep",
        rule: "grade.minimum",
        file: "/etc/omg/policy.toml",
        line: 12,
        message:
          "graded community (checksum only), and the minimum is verified: InRelease of https://deb.example.org is signed by a key that is not trusted here.",
        remedy: "import the key of that source, or name another one with `from`",
      },
    ],
  });
}
