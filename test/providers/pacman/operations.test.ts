import { describe, expect, it } from "vitest";
import { operationsFor } from "../../../providers/pacman/act/operations.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Operation, Step, Transaction } from "../../../schema/model/transaction.ts";

const artifact = (name: string, signature?: string): Artifact => ({
  address: `pacman.${name}`,
  name,
  version: "1-1",
  arch: "any",
  sha256: "a".repeat(64),
  urls: [],
  filename: `${name}-1-1-any.pkg.tar.zst`,
  origin: "core",
  chain: { type: "pacman", demand: { need: "optional", trustAll: false }, keyring: "/etc/pacman.d/gnupg/" },
  role: "install",
  control: signature === undefined ? "" : `%PGPSIG%\n${signature}\n`,
});
const step = (name: string, kind: Step["kind"]): Step => ({
  address: `pacman.${name}`,
  provider: "pacman",
  name,
  kind,
  cause: "lock",
  before: kind === "install" ? null : { version: "0-1", auto: false },
  after: kind === "remove" || kind === "purge" ? null : { version: "1-1", auto: false },
  undo: { possible: true },
});
const transaction = (steps: readonly Step[], artifacts: readonly Artifact[]): Transaction => ({
  provider: "pacman",
  steps,
  artifacts,
  problems: [],
  notes: [],
  payload: {
    pacman: JSON.stringify({
      options: "RootDir = /",
      root: "/",
      database: "/var/lib/pacman/",
      conflicts: [],
      stubs: [],
      demand: { need: "optional", trustAll: false },
      checks: true,
    }),
  },
});
const commands = (operations: readonly Operation[]) =>
  operations.flatMap((one) =>
    one.type === "exec" && one.file === "/usr/bin/pacman"
      ? [
          one.args
            .slice(5)
            .map((word) => word.replace(/^.*\//, ""))
            .join(" "),
        ]
      : [],
  );
const levels = (operations: readonly Operation[]) =>
  operations.flatMap((one) =>
    one.type === "write" && one.path.endsWith("pacman.conf") ? [/LocalFileSigLevel = (.*)/.exec(one.content)?.[1]] : [],
  );

describe("what carries a transaction of pacman's out", () => {
  it("brings the keys before what they vouch for, and all else in one run", () => {
    const steps = [
      step("omg-a", "upgrade"),
      step("archlinux-keyring", "upgrade"),
      step("omg-b", "install"),
      step("omg-c", "remove"),
      step("omg-d", "purge"),
    ];
    const coming = ["omg-a", "archlinux-keyring", "omg-b"].map((name) => artifact(name, "AA=="));
    expect(commands(operationsFor(transaction(steps, coming), "/run"))).toEqual([
      "-U -- archlinux-keyring-1-1-any.pkg.tar.zst",
      "-U -- omg-a-1-1-any.pkg.tar.zst omg-b-1-1-any.pkg.tar.zst",
      "-R -- omg-c",
      "-R --nosave -- omg-d",
      "-D --asexplicit -- omg-a archlinux-keyring omg-b",
    ]);
  });

  it("demands a signature of every file where each has one, and only then", () => {
    const steps = [step("omg-a", "install"), step("omg-b", "install")];
    const signed = operationsFor(transaction(steps, [artifact("omg-a", "AA=="), artifact("omg-b", "AA==")]), "/run");
    expect(levels(signed)[0]).toBe("Required TrustedOnly");
    const mixed = operationsFor(transaction(steps, [artifact("omg-a", "AA=="), artifact("omg-b")]), "/run");
    expect(levels(mixed)[0]).toBe("Optional TrustedOnly");
    expect(mixed.filter((one) => one.type === "write" && one.encoding === "base64")).toHaveLength(1);
  });

  it("is nothing where there is nothing to do, or nobody worked out how", () => {
    expect(operationsFor(transaction([], []), "/run")).toEqual([]);
    const { payload: _, ...refused } = transaction([step("pacman", "remove")], []);
    expect(operationsFor(refused, "/run")).toEqual([]);
  });
});
